import type { Item, Mark } from "../messages";

/** Text to be drawn as text: runs of plain characters and marks for hidden ones. */
export type Text = Item["label"];

/** Count as Python counts: code points, and one for each mark. */
export function characters(text: Text): number {
  return text.reduce((sum, run) => sum + (typeof run === "string" ? [...run].length : 1), 0);
}

/** Spell the text as one string, each mark as it is drawn. */
export function plain(text: Text): string {
  return text.map((run) => (typeof run === "string" ? run : run.mark)).join("");
}

/** Keep the first `limit` characters. */
export function beginning(text: Text, limit: number): Text {
  const kept: Text = [];
  let room = limit;
  for (const run of text) {
    if (room <= 0) break;
    const part = typeof run === "string" ? cut(run, room) : run;
    kept.push(part);
    room -= characters([part]);
  }
  return kept;
}

function cut(run: string, limit: number): string {
  // A string of `limit` units has at most `limit` code points, so most runs need no splitting.
  return run.length <= limit ? run : [...run].slice(0, limit).join("");
}

/** Split at line ends, which belong to no line. */
export function lines(text: Text): Text[] {
  const found: Text[] = [[]];
  for (const run of text) {
    const [first, ...more] = typeof run === "string" ? run.split("\n") : [run];
    if (first !== undefined && first !== "") found.at(-1)?.push(first);
    for (const line of more) found.push(line === "" ? [] : [line]);
  }
  return found;
}

export function joined(parts: Text[]): Text {
  return parts.flatMap((line, index) => (index === 0 ? line : ["\n", ...line]));
}

export function Marked({ text }: { text: Text }) {
  return <bdi>{text.map((run) => (typeof run === "string" ? run : <MarkBox {...run} />))}</bdi>;
}

function MarkBox({ mark, name }: Mark) {
  return (
    <span class="hitl-mark" title={name}>
      {mark}
    </span>
  );
}

const NEAR = 12;

/** Keep what stands around the marks of a long text. */
export function aroundMarks(text: Text): Text {
  if (characters(text) <= 200) return text;
  return text.map((run, index) => {
    if (typeof run !== "string" || run.length <= 3 * NEAR) return run;
    const head = index === 0 ? "" : [...run.slice(0, 2 * NEAR)].slice(0, NEAR).join("");
    const tail = index === text.length - 1 ? "" : [...run.slice(-2 * NEAR)].slice(-NEAR).join("");
    return `${head}…${tail}`;
  });
}
