import { useState } from "preact/hooks";
import { ActionButton } from "../components/action_button";
import { DisplayContext, useDisplayTracker } from "../evidence/display_tracker";
import type { BulkRow, Bulk as BulkState, SubmitAll } from "../messages";
import { Control } from "../question/control";
import { Unseen } from "../question/unseen";
import { Marked, plain } from "../text/marked_text";
import type { Kernel } from "../widget/kernel";
import { locked, untouched, useSubmission } from "../widget/submission";
import { Unconfirmed } from "../widget/unconfirmed";
import { BulkCell } from "./bulk_cell";

interface BulkProps {
  bulk: BulkState;
  /** What was typed into the form of the one that was looked at. */
  draft: string;
  kernel: Kernel;
  live: boolean;
}

type BulkAnswer = Pick<SubmitAll, "questions" | "answer">;

/** Several questions, what each does not share with the others, and one decision for them. */
export function Bulk({ bulk, draft, kernel, live }: BulkProps) {
  const { form, rows, same, more } = bulk;
  const open = rows.filter(({ said }) => said === undefined).map(({ id }) => id);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const checked = open.filter((id) => !left.has(id));
  const tracker = useDisplayTracker(bulk.form);
  const unsent = rows.filter(({ id }) => checked.includes(id)).map(({ unsent = 0 }) => unsent);
  const unseen = unsent.reduce((sum, count) => sum + count, 0);
  const [accepted, accept] = useState(false);
  const { submission, submit } = useSubmission<BulkAnswer>(
    kernel,
    (nonce, given) =>
      kernel.send({
        type: "submit_all",
        nonce,
        ...given,
        seconds: tracker.seconds(),
        cells: Object.fromEntries(given.questions.map((id) => [id, tracker.wholeBelow(`${id}/`)])),
        ...(accepted && unseen > 0 && { unseen_accepted: true }),
      }),
    () => untouched,
  );
  const id = form.id;
  return (
    <form
      class="question bulk"
      data-question={id}
      aria-labelledby={`${id}-heading`}
      tabIndex={-1}
      onSubmit={(event) => event.preventDefault()}
    >
      <div class="asking">
        <h3 id={`${id}-heading`}>
          <Marked text={form.heading} />
        </h3>
        <ActionButton locked={false} act={() => kernel.send({ type: "together", on: false })}>
          One by one
        </ActionButton>
      </div>
      <DisplayContext.Provider value={tracker}>
        <BulkTable bulk={bulk} open={open} left={left} leave={setLeft} />
      </DisplayContext.Provider>
      <p class="faint">
        {checked.length === 1 ? "1 question" : `${checked.length} questions`} checked
        {more > 0 && `; ${more.toLocaleString("en")} more of the kind come after these`}
      </p>
      {same.length > 0 && (
        <details class="same" open>
          <summary>the same in all of them</summary>
          <ul>
            {same.map((line, index) => (
              <li key={index}>
                <Marked text={line} />
              </li>
            ))}
          </ul>
        </details>
      )}
      <Control
        control={form.control}
        id={id}
        draft={confirms(form) ? "" : draft}
        locked={!live || locked(submission) || checked.length === 0}
        errors={submission.errors}
        status={
          <>
            {unseen > 0 && (
              <Unseen unseen={unseen} accepted={accepted} locked={!live} accept={accept} />
            )}
            <span class="status" role="status">
              {submission.phase === "sending" ? "sending…" : ""}
            </span>
          </>
        }
        submit={(answer) => void submit({ questions: checked, answer })}
        write={() => {}}
        rest={() => {}}
      />
      <Unconfirmed phase={submission.phase} />
    </form>
  );
}

/** Whether a phrase is typed to confirm: that is meant for one decision, and said anew for many. */
function confirms({ control }: BulkState["form"]): boolean {
  return control.kind === "request" && control.phrase !== null;
}

interface TableProps {
  bulk: BulkState;
  /** The questions that can still be answered, and which of them are left out. */
  open: string[];
  left: ReadonlySet<string>;
  leave(left: ReadonlySet<string>): void;
}

/** A line for each question: what it does not share with the others. */
function BulkTable({ bulk, open, left, leave }: TableProps) {
  const check = (id: string, on: boolean) => {
    const others = [...left].filter((other) => other !== id);
    leave(new Set(on ? others : [...others, id]));
  };
  return (
    <div class="hitl-table" tabIndex={0} role="region" aria-label="questions and what differs">
      <table>
        <thead>
          <tr>
            <th>
              <Check
                label="all"
                on={open.every((id) => !left.has(id))}
                locked={open.length === 0}
                set={(on) => leave(new Set(on ? [] : open))}
              />
            </th>
            <th scope="col">where</th>
            {bulk.columns.map((column, index) => (
              <th key={index} scope="col">
                <Marked text={column} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {bulk.rows.map((row) => (
            <Row key={row.id} row={row} on={!left.has(row.id)} check={check} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface RowProps {
  row: BulkRow;
  on: boolean;
  check(id: string, on: boolean): void;
}

function Row({ row, on, check }: RowProps) {
  const { id, place, cells, said } = row;
  return (
    <tr>
      <td class={said === undefined ? "" : "said"}>
        {said === undefined ? (
          <Check label={plain(place)} on={on} locked={false} set={(now) => check(id, now)} />
        ) : (
          <Marked text={said} />
        )}
      </td>
      <th scope="row">
        <Marked text={place} />
      </th>
      {cells.map((cell, index) => (
        <BulkCell key={index} text={cell} path={`${id}/${index}`} />
      ))}
    </tr>
  );
}

interface CheckProps {
  label: string;
  on: boolean;
  locked: boolean;
  set(on: boolean): void;
}

function Check({ label, on, locked, set }: CheckProps) {
  return (
    <input
      type="checkbox"
      aria-label={label}
      checked={on}
      disabled={locked}
      onChange={(event) => set(event.currentTarget.checked)}
    />
  );
}
