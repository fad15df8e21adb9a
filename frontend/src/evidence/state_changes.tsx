import type { Change, Print } from "../messages";
import { characters, Marked } from "../text/marked_text";
import { Items } from "./items";

/** What a step did to the state, key by key. */
export function Changes({ changes }: { changes: Change[] }) {
  return (
    <dl class="rows">
      {changes.map((change, index) => (
        <ChangeRow key={index} change={change} />
      ))}
    </dl>
  );
}

function ChangeRow({ change }: { change: Change }) {
  return (
    <>
      <dt>
        <Marked text={change.key} />
      </dt>
      <dd>
        {change.before && (
          <div class="value before">
            <Marked text={change.before} />
          </div>
        )}
        <div class="value after">
          <Marked text={change.after} />
        </div>
      </dd>
    </>
  );
}

/** What a node printed, and how much of it was not kept. */
export function Printed({ prints }: { prints: Print }) {
  const { text, more } = prints;
  return (
    <div class="prints">
      <Items items={[{ label: ["printed"], text, size: more > 0 ? characters(text) + more : 0 }]} />
    </div>
  );
}
