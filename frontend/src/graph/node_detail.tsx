import { Changes, Printed } from "../evidence/state_changes";
import type { DrawnNode } from "../messages";
import { Marked } from "../text/marked_text";
import { counted, duration } from "../text/quantities";
import { SAID } from "./node_shape";

/** What a node did when it last ran. */
export function NodeDetail({ node }: { node: DrawnNode }) {
  const { label, state, runs, seconds, changes, prints } = node;
  const facts = [
    SAID[state],
    runs > 0 && counted(runs, "run"),
    seconds !== null && `${runs > 1 ? "last " : ""}${duration(seconds)}`,
  ].filter(Boolean);
  return (
    <div class="detail">
      <p>
        <span class="node-name">
          <Marked text={label} />
        </span>
        <span class="faint"> {facts.join(" · ")}</span>
      </p>
      {changes.length > 0 && <Changes changes={changes} />}
      {runs > 0 && changes.length === 0 && <p class="faint">changed nothing</p>}
      {prints && <Printed prints={prints} />}
    </div>
  );
}
