import type { Difference } from "../messages";
import { characters, Marked } from "../text/marked_text";

/** Edits, each with what was removed and what was added. */
export function Differences({ differences }: { differences: readonly Difference[] }) {
  return (
    <dl class="rows differences">
      {differences.map(({ path, runs }, index) => (
        <Edit key={index} path={path} runs={runs} />
      ))}
    </dl>
  );
}

function Edit({ path, runs }: Difference) {
  const named = characters(path) > 0;
  return (
    <>
      <dt class={named ? "" : "unseen"}>
        <Marked text={named ? path : ["edits"]} />
      </dt>
      <dd class={named ? "value" : "value alone"}>
        {runs.map((run, index) => (
          <EditedRun key={index} {...run} />
        ))}
      </dd>
    </>
  );
}

function EditedRun({ what, text }: Difference["runs"][number]) {
  const words = <Marked text={text} />;
  if (what === "removed") return <del>{words}</del>;
  return what === "added" ? <ins>{words}</ins> : words;
}
