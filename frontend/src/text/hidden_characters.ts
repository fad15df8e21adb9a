import type { Mark } from "../messages";
import type { Text } from "./marked_text";

// The same rule as the kernel's `marked_text.show`, for text that is being typed; a test compares them.
const HIDDEN = new RegExp(
  "[\\0-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f" +
    "\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u2800\\u3164\\ud800-\\udfff\\ufe00-\\ufe0f\\ufeff" +
    "\\uffa0\\ufff0-\\ufffb\\u{e0000}-\\u{e0fff}]",
  "gu",
);
const EMOJI_STYLE = ["\ufe0e", "\ufe0f"];
const FLAG = /\u{1f3f4}[\u{e0061}-\u{e007a}\u{e0030}-\u{e0039}]{1,6}\u{e007f}/gu;
const PICTORIAL = /^[\p{So}\p{Sk}\u2194\u2195\u2640\u2642]$/u;
const JOINS = new RegExp(
  `^[${[
    "Arabic",
    "Syriac",
    "Devanagari",
    "Bengali",
    "Gurmukhi",
    "Gujarati",
    "Oriya",
    "Tamil",
    "Telugu",
    "Kannada",
    "Malayalam",
    "Sinhala",
    "Mongolian",
    "Khmer",
    "Myanmar",
  ]
    .map((script) => `\\p{Script_Extensions=${script}}`)
    .join("")}]$`,
  "u",
);

/** Split text into runs to draw and marks for characters a reader could not see. */
export function show(given: string): Text {
  const text = given.replaceAll("\r\n", "\n");
  const flags = [...text.matchAll(FLAG)].map(
    ({ index, 0: flag }) => [index, index + flag.length] as const,
  );
  const runs: Text = [];
  let start = 0;
  for (const { index, 0: character } of text.matchAll(HIDDEN)) {
    const inFlag = flags.some(([from, to]) => from <= index && index < to);
    if (inFlag || isOrdinary(text, index, character)) continue;
    if (index > start) runs.push(text.slice(start, index));
    runs.push(mark(character));
    start = index + character.length;
  }
  if (start < text.length) runs.push(text.slice(start));
  return runs;
}

/** Joiners inside words and emoji are part of ordinary writing. */
function isOrdinary(text: string, place: number, character: string): boolean {
  const before = lastOf(text.slice(Math.max(0, place - 2), place));
  const after = String.fromCodePoint(text.codePointAt(place + character.length) ?? 0);
  if (EMOJI_STYLE.includes(character)) return PICTORIAL.test(before) || /^[0-9#*]$/.test(before);
  if (character !== "\u200c" && character !== "\u200d") return false;
  if (before === "" || place + 1 >= text.length) return false;
  if (PICTORIAL.test(before) || EMOJI_STYLE.includes(before)) return PICTORIAL.test(after);
  return JOINS.test(before) && JOINS.test(after);
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
  return "unnamed character";
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
