import type { Mark } from "../messages";
import type { Text } from "./marked_text";

// The same rule as the kernel's `marked_text.show` for what cannot be seen, by the browser's own
// data of Unicode; a test compares them. Letters that pass for others, piles of marks and blank
// space are found by the kernel alone.
const HIDDEN = /(?![\t\n])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu;
const PLACES = ["gbeng", "gbsct", "gbwls"].map((place) =>
  String.fromCodePoint(...[...place].map((it) => 0xe0000 + it.charCodeAt(0))),
);
const FLAG = new RegExp(`\u{1f3f4}(?:${PLACES.join("|")})\u{e007f}`, "gu");
const STROKE = /(?<!\p{Sm})[\u0334-\u0338\u20d2\u20d3\u20d8-\u20da\u20e5\u20e6\u20ea\u20eb]/gu;
const PICTURE = /^\p{Extended_Pictographic}$/u;
const PICTURED = /[\p{Extended_Pictographic}\p{Emoji_Modifier}]\ufe0f?$/u;
const WORD_ENDS = /^(?!\p{Default_Ignorable_Code_Point})[^\p{Alphabetic}\p{N}]?$/u;
const LEFTWARDS =
  /[\u0590-\u061b\u061d-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const UNSPACED = scripts("Thai Lao Khmer Myanmar Tai_Le New_Tai_Lue Tai_Tham Tai_Viet Ahom");
const JOINING = (
  "Adlam Arabic Balinese Bengali Bhaiksuki Brahmi Chakma Chorasmian Devanagari Dives_Akuru Dogra " +
  "Grantha Gujarati Gunjala_Gondi Gurmukhi Hanifi_Rohingya Javanese Kaithi Kannada Kharoshthi " +
  "Khmer Khojki Malayalam Mandaic Manichaean Masaram_Gondi Meetei_Mayek Modi Mongolian Myanmar " +
  "Nandinagari Newa Nko Old_Uyghur Oriya Phags_Pa Psalter_Pahlavi Saurashtra Sharada Siddham " +
  "Sinhala Sogdian Soyombo Sundanese Syloti_Nagri Syriac Tai_Tham Takri Tamil Telugu Tirhuta " +
  "Zanabazar_Square"
)
  .split(" ")
  .map(scripts);

function scripts(names: string): RegExp {
  const sets = names.split(" ").map((name) => `\\p{Script=${name}}`);
  return new RegExp(`^[${sets.join("")}]$`, "u");
}

/** Split text into runs to draw and marks for characters a reader could not see. */
export function show(given: string): Text {
  const text = given.replaceAll("\r\n", "\n");
  const flags = [...text.matchAll(FLAG)].map(
    ({ index, 0: flag }) => [index, index + flag.length] as const,
  );
  const found = [...text.matchAll(HIDDEN), ...text.matchAll(STROKE)];
  const runs: Text = [];
  let start = 0;
  for (const { index, 0: character } of found.sort((one, other) => one.index - other.index)) {
    const inFlag = flags.some(([from, to]) => from <= index && index < to);
    if (inFlag || isOrdinary(text, index, character)) continue;
    if (index > start) runs.push(text.slice(start, index));
    runs.push(mark(character));
    start = index + character.length;
  }
  if (start < text.length) runs.push(text.slice(start));
  return runs;
}

/** Whether what cannot be seen is there for the sake of what can. */
function isOrdinary(text: string, place: number, character: string): boolean {
  const likes = "\u200c\u200d".includes(character) ? "\u200c\u200d" : character;
  const twice = "\u180e\u200b\u200c\u200d".includes(character);
  let [begin, end] = [place, place + character.length];
  while (twice && begin > 0 && likes.includes(text[begin - 1]!)) begin -= 1;
  while (twice && end < text.length && likes.includes(text[end]!)) end += 1;
  if (twice && end - begin > 3) return false;
  const before = lastOf(text.slice(Math.max(0, begin - 2), begin));
  const after = firstOf(text.slice(end, end + 2));
  if (/^\p{Variation_Selector}$/u.test(character)) return varies(before, character, after);
  switch (character) {
    case "\u200d":
      if (PICTURE.test(after)) return PICTURED.test(text.slice(Math.max(0, place - 3), place));
      return joins(text.slice(0, begin), before, after);
    case "\u200c":
      return joins(text.slice(0, begin), before, after);
    case "\u200b": {
      const own = [before, after].map((side) => UNSPACED.test(side));
      return own.includes(true) && [before, after].every((it, n) => own[n] || WORD_ENDS.test(it));
    }
    case "\u200e":
    case "\u200f":
    case "\u061c": {
      const line = text.slice(text.lastIndexOf("\n", place) + 1).split("\n", 1)[0] ?? "";
      return LEFTWARDS.test(line);
    }
    case "\u2061":
    case "\u2062":
    case "\u2063":
    case "\u2064": {
      const formal = [before, after].map((side) => side > "\x7f" && /^\p{Math}$/u.test(side));
      const plain = [before, after].map((side) => /^[\p{Nd}()[\]]$/u.test(side));
      return formal.includes(true) && formal.every((it, n) => it || plain[n]);
    }
    case "\u115f":
      return /^[\u1161-\u11a7]$/u.test(after);
    case "\u1160":
      return /^[\u1100-\u115e\ua960-\ua97c]$/u.test(before);
    case "\u180e":
      return MONGOLIAN.test(after) && (MONGOLIAN.test(before) || WORD_ENDS.test(before));
  }
  if (PREFIX.test(character)) return /^\p{N}$/u.test(after) || sharesScript(character, after);
  return /^\p{Cf}$/u.test(character) && [before, after].some((it) => sharesScript(character, it));
}

const VARYING =
  /^[\p{Sm}\p{Ideographic}\p{Script=Myanmar}\p{Script=Phags_Pa}\p{Script=Manichaean}]$/u;
const MONGOLIAN = scripts("Mongolian");
const PREFIX = /^[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}]$/u;
const OWN_FORMATS = ["Arabic", "Syriac", "Kaithi", "Egyptian_Hieroglyphs"].map(scripts);

function sharesScript(one: string, other: string): boolean {
  return OWN_FORMATS.some((own) => own.test(one) && own.test(other));
}

function varies(base: string, selector: string, after: string): boolean {
  if (/^[0-9#*]$/.test(base)) return /^[\ufe0e\ufe0f]$/.test(selector) && after === "\u20e3";
  if (/^[\ufe0e\ufe0f]$/.test(selector)) return PICTURE.test(base);
  if (selector >= "\u{e0100}") return /^\p{Unified_Ideograph}$/u.test(base);
  if (/^[\u180b-\u180f]$/.test(selector)) return MONGOLIAN.test(base);
  return VARYING.test(base);
}

const MOST_MARKS = 40;

/** Whether a joiner shapes the end or the beginning of a word in a script that joins. */
function joins(head: string, before: string, after: string): boolean {
  const bare = head.slice(-MOST_MARKS).replace(/[\p{M}\u200c\u200d]+$/u, "");
  const letter = /^\p{M}$/u.test(before) ? lastOf(bare.slice(-2)) : before;
  return JOINING.some(
    (own) =>
      ((own.test(before) || own.test(letter)) && (own.test(after) || WORD_ENDS.test(after))) ||
      (own.test(after) && (own.test(before) || WORD_ENDS.test(before))),
  );
}

function firstOf(text: string): string {
  return [...text][0] ?? "";
}

function lastOf(text: string): string {
  return [...text].at(-1) ?? "";
}

function mark(character: string): Mark {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16).toUpperCase().padStart(4, "0");
  return { mark: `U+${hex}`, name: NAMES[hex] ?? nameInRange(code) };
}

function nameInRange(code: number): string {
  if (0xfe00 <= code && code <= 0xfe0f) return `VARIATION SELECTOR-${code - 0xfe00 + 1}`;
  if (0xe0100 <= code && code <= 0xe01ef) return `VARIATION SELECTOR-${code - 0xe0100 + 17}`;
  if (0xe0041 <= code && code <= 0xe005a) return `TAG LATIN CAPITAL LETTER ${letter(code)}`;
  if (0xe0061 <= code && code <= 0xe007a) return `TAG LATIN SMALL LETTER ${letter(code - 0x20)}`;
  return "unnamed character";
}

function letter(tag: number): string {
  return String.fromCharCode(tag - 0xe0000);
}

const NAMES: Record<string, string> = {
  "0000": "NULL",
  "0007": "BELL",
  "0008": "BACKSPACE",
  "000D": "CARRIAGE RETURN",
  "001B": "ESCAPE",
  "007F": "DELETE",
  "00AD": "SOFT HYPHEN",
  "034F": "COMBINING GRAPHEME JOINER",
  "061C": "ARABIC LETTER MARK",
  "0334": "COMBINING TILDE OVERLAY",
  "0335": "COMBINING SHORT STROKE OVERLAY",
  "0336": "COMBINING LONG STROKE OVERLAY",
  "0337": "COMBINING SHORT SOLIDUS OVERLAY",
  "0338": "COMBINING LONG SOLIDUS OVERLAY",
  "20D2": "COMBINING LONG VERTICAL LINE OVERLAY",
  "20D3": "COMBINING SHORT VERTICAL LINE OVERLAY",
  "20D8": "COMBINING RING OVERLAY",
  "20D9": "COMBINING CLOCKWISE RING OVERLAY",
  "20DA": "COMBINING ANTICLOCKWISE RING OVERLAY",
  "20E5": "COMBINING REVERSE SOLIDUS OVERLAY",
  "20E6": "COMBINING DOUBLE VERTICAL STROKE OVERLAY",
  "20EA": "COMBINING LEFTWARDS ARROW OVERLAY",
  "20EB": "COMBINING LONG DOUBLE SOLIDUS OVERLAY",
  "0600": "ARABIC NUMBER SIGN",
  "0601": "ARABIC SIGN SANAH",
  "0602": "ARABIC FOOTNOTE MARKER",
  "0603": "ARABIC SIGN SAFHA",
  "0604": "ARABIC SIGN SAMVAT",
  "0605": "ARABIC NUMBER MARK ABOVE",
  "06DD": "ARABIC END OF AYAH",
  "070F": "SYRIAC ABBREVIATION MARK",
  "17B4": "KHMER VOWEL INHERENT AQ",
  "17B5": "KHMER VOWEL INHERENT AA",
  "115F": "HANGUL CHOSEONG FILLER",
  "1160": "HANGUL JUNGSEONG FILLER",
  "180E": "MONGOLIAN VOWEL SEPARATOR",
  "200B": "ZERO WIDTH SPACE",
  "200C": "ZERO WIDTH NON-JOINER",
  "200D": "ZERO WIDTH JOINER",
  "200E": "LEFT-TO-RIGHT MARK",
  "200F": "RIGHT-TO-LEFT MARK",
  "2028": "LINE SEPARATOR",
  "2029": "PARAGRAPH SEPARATOR",
  "202A": "LEFT-TO-RIGHT EMBEDDING",
  "202B": "RIGHT-TO-LEFT EMBEDDING",
  "202C": "POP DIRECTIONAL FORMATTING",
  "202D": "LEFT-TO-RIGHT OVERRIDE",
  "202E": "RIGHT-TO-LEFT OVERRIDE",
  "2060": "WORD JOINER",
  "2061": "FUNCTION APPLICATION",
  "2062": "INVISIBLE TIMES",
  "2063": "INVISIBLE SEPARATOR",
  "2064": "INVISIBLE PLUS",
  "2066": "LEFT-TO-RIGHT ISOLATE",
  "2067": "RIGHT-TO-LEFT ISOLATE",
  "2068": "FIRST STRONG ISOLATE",
  "2069": "POP DIRECTIONAL ISOLATE",
  "206A": "INHIBIT SYMMETRIC SWAPPING",
  "206B": "ACTIVATE SYMMETRIC SWAPPING",
  "206C": "INHIBIT ARABIC FORM SHAPING",
  "206D": "ACTIVATE ARABIC FORM SHAPING",
  "206E": "NATIONAL DIGIT SHAPES",
  "206F": "NOMINAL DIGIT SHAPES",
  "2800": "BRAILLE PATTERN BLANK",
  "3164": "HANGUL FILLER",
  FEFF: "ZERO WIDTH NO-BREAK SPACE",
  FFF9: "INTERLINEAR ANNOTATION ANCHOR",
  FFFA: "INTERLINEAR ANNOTATION SEPARATOR",
  FFFB: "INTERLINEAR ANNOTATION TERMINATOR",
  FFA0: "HALFWIDTH HANGUL FILLER",
  E0001: "LANGUAGE TAG",
  E007F: "CANCEL TAG",
};
