import { useState } from "preact/hooks";
import { MoreButton } from "../components/disclosure";
import { useDisplayed } from "../evidence/display_tracker";
import { beginning, characters, joined, lines, Marked, type Text } from "../text/marked_text";

const LINES = 3;
/** Characters that stand on a line of a wide cell, and of a half; `inbox.css` makes room for them. */
const WIDE = 38;
const HALF = 20;

/** What one question says in a column: its first lines, unfolded to the rest. */
export function BulkCell({ text, path }: { text: Text; path: string }) {
  const [all, setAll] = useState(false);
  const length = characters(text);
  const short = shortLength(text);
  const drawn = all ? length : short;
  useDisplayed(path, 0, drawn, drawn === length);
  return (
    <td class={widthOf(length)}>
      <Marked text={drawn < length ? beginning(text, drawn) : text} />
      {short < length && (
        <>
          {all ? " " : "… "}
          <MoreButton open={all} more="show more" less="show less" toggle={() => setAll(!all)} />
        </>
      )}
    </td>
  );
}

function widthOf(length: number): string {
  if (length > LINES * HALF) return "wide";
  return length > HALF ? "half" : "";
}

/** How many characters stand in the first lines, of which a long one takes several. */
function shortLength(text: Text): number {
  const kept: Text[] = [];
  let room = LINES;
  for (const line of lines(text)) {
    if (room <= 0) break;
    const part = beginning(line, room * WIDE);
    kept.push(part);
    room -= Math.max(1, Math.ceil(characters(part) / WIDE));
  }
  return characters(joined(kept));
}
