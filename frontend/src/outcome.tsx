import { useState } from "preact/hooks";
import { Items } from "./evidence";
import { counted, More } from "./fold";
import type { Failure as FailureState, Item } from "./messages";
import { characters, joined, lines, Marked } from "./text";

const LINES = 12;

export function Result({ items }: { items: Item[] }) {
  return (
    <div class="result">
      <h3>result</h3>
      {items.length > 0 ? <Items items={items} /> : <p class="faint">empty</p>}
    </div>
  );
}

export function Failure({ failure }: { failure: FailureState }) {
  const [all, setAll] = useState(false);
  const found = lines(failure.traceback);
  // The end of a traceback says most.
  const shown = all ? found : found.slice(-LINES);
  return (
    <div class="failure" role="alert">
      <h3>
        <Marked text={failure.title} />
      </h3>
      {found.length > LINES && (
        <More
          open={all}
          more={`show ${counted(found.length - LINES, "earlier line")}`}
          less={`show only the last ${LINES} lines`}
          toggle={() => setAll(!all)}
        />
      )}
      {characters(failure.traceback) > 0 && (
        <pre>
          <Marked text={joined(shown)} />
        </pre>
      )}
    </div>
  );
}
