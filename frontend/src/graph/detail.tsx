import { Changes, Printed } from "../changes";
import { duration } from "../duration";
import { counted } from "../fold";
import type { DrawnNode } from "../messages";
import { Marked } from "../text";
import { SAID } from "./shape";

/** What a node did when it last ran. */
export function Detail({ node }: { node: DrawnNode }) {
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
