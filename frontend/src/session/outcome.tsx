import { useState } from "preact/hooks";
import { MoreButton } from "../components/disclosure";
import { Items } from "../evidence/items";
import { Printed } from "../evidence/state_changes";
import type { Button, Failure as FailureState, Item, Print } from "../messages";
import { characters, joined, lines, Marked, plain } from "../text/marked_text";
import { counted } from "../text/quantities";
import { locked } from "../widget/submission";
import type { ButtonPresses } from "./button_press";

const LINES = 12;

export function Result({ items }: { items: Item[] }) {
  return (
    <div class="result">
      <h3>result</h3>
      {items.length > 0 ? <Items items={items} /> : <p class="faint">empty</p>}
    </div>
  );
}

interface FailureProps {
  failure: FailureState;
  /** What was printed before it failed. */
  prints: Print[];
  /** Absent where there is nothing to try again. */
  retry: Button | undefined;
  presses: ButtonPresses;
  live: boolean;
}

export function Failure({ failure, prints, retry, presses, live }: FailureProps) {
  const [all, setAll] = useState(false);
  const found = lines(failure.traceback);
  // The end of a traceback says most.
  const shown = all ? found : found.slice(-LINES);
  return (
    <div class="failure">
      <div role="alert">
        <h3>
          <Marked text={failure.title} />
        </h3>
      </div>
      {prints.map((printed, index) => (
        <Printed key={index} prints={printed} />
      ))}
      {found.length > LINES && (
        <MoreButton
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
      {retry && (
        <button
          type="button"
          class="tool retry"
          title={plain(retry.title)}
          aria-disabled={!live || !retry.enabled || locked(presses)}
          onClick={() => retry.enabled && presses.press("retry")}
        >
          <Marked text={retry.label} />
        </button>
      )}
    </div>
  );
}
