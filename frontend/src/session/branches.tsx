import { memo } from "preact/compat";
import type { ComparedRow, ViewState } from "../messages";
import { Marked, type Text } from "../text/marked_text";
import type { Kernel } from "../widget/kernel";
import { locked } from "../widget/submission";
import { Unconfirmed } from "../widget/unconfirmed";
import { useButtonPress } from "./button_press";
import { Session } from "./session";

interface BranchesProps {
  state: ViewState;
  kernel: Kernel;
  live: boolean;
}

/** The run, and beside it the same one answered differently. */
export function Branches({ state, kernel, live }: BranchesProps) {
  const { branch } = state;
  const presses = useButtonPress(kernel, "");
  return (
    <>
      <div class={branch ? "runs two" : "runs"}>
        <Session key="own" state={state} kernel={kernel} live={live} thread="" />
        {branch && (
          <Session key="branch" state={branch.view} kernel={kernel} live={live} thread="branch">
            <button
              type="button"
              class="tool hitl-close"
              title="Close this run; it stays where it is kept"
              aria-label="Close the run beside"
              aria-disabled={!live || locked(presses)}
              onClick={() => presses.press("join")}
            >
              ×
            </button>
          </Session>
        )}
      </div>
      {branch && <Unconfirmed phase={presses.phase} />}
      {branch && branch.rows.length > 0 && <StateComparison rows={branch.rows} />}
    </>
  );
}

/** Both states, key by key. */
const StateComparison = memo(function StateComparison({ rows }: { rows: ComparedRow[] }) {
  const different = rows.filter(({ same }) => !same).length;
  return (
    <div class="compared" role="group" aria-label="both runs compared">
      <table>
        <caption>
          {different === 0
            ? "Both runs have the same state."
            : `${different} of ${rows.length} keys differ.`}
        </caption>
        <thead>
          <tr>
            <td />
            <th scope="col">this run</th>
            <th scope="col">answered differently</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index} class={row.same ? "same" : "different"}>
              <th scope="row">
                <span class="sign" aria-hidden="true">
                  {row.same ? "" : "≠"}
                </span>
                <Marked text={row.key} />
                {!row.same && <span class="unseen">, different</span>}
              </th>
              {row.same && row.left !== null ? (
                <td colSpan={2}>
                  <Side text={row.left} />
                </td>
              ) : (
                <>
                  <td>
                    <Side text={row.left} />
                  </td>
                  <td>
                    <Side text={row.right} />
                  </td>
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
});

function Side({ text }: { text: Text | null }) {
  if (text === null) return <span class="faint">not there</span>;
  return (
    <div class="value">
      <Marked text={text} />
    </div>
  );
}
