import type { TargetedEvent, TargetedKeyboardEvent } from "preact";
import { useRef } from "preact/hooks";
import { ActionButton } from "../components/action_button";
import { ErrorList } from "../components/error_list";
import { useStable } from "../components/stable_value";
import type { InboxState, Note, Selected as SelectedState } from "../messages";
import { Question } from "../question/question";
import { draftLines } from "../question/request/reply";
import { characters, Marked, plain, type Text } from "../text/marked_text";
import type { Kernel } from "../widget/kernel";
import { locked, untouched, useSubmission } from "../widget/submission";
import { Unconfirmed } from "../widget/unconfirmed";

const SNOOZES: [string, number][] = [
  ["for an hour", 3600],
  ["for 4 hours", 4 * 3600],
  ["for a day", 24 * 3600],
  ["for a week", 7 * 24 * 3600],
];

interface SelectedQuestionProps {
  selected: SelectedState;
  reviewer: Text;
  kernel: Kernel;
  live: boolean;
  drafts: InboxState["drafts"];
}

/** The question that is looked at: its form, and what else can be done with it. */
export function SelectedQuestion({
  selected,
  reviewer,
  kernel,
  live,
  drafts,
}: SelectedQuestionProps) {
  const { note, place, serving, alike } = selected;
  const form = useStable(selected.form);
  return (
    <>
      <p class="place faint">
        <Marked text={place} />
        {drafts[selected.id] !== undefined && <span class="hitl-badge">with a draft</span>}
      </p>
      {form ? (
        <Question key={form.id} form={form} kernel={kernel} live={live} drafts={drafts} />
      ) : (
        <>
          <p class="notice" role="status">
            <Marked text={note} />
          </p>
          <Unsent lines={draftLines(typedInto(selected.id, kernel, drafts))} />
          <p class="alike">
            <ActionButton
              locked={!live}
              act={() => kernel.send({ type: "select", question: "", step: 1 })}
            >
              Next question<kbd>j</kbd>
            </ActionButton>
          </p>
        </>
      )}
      {form && (
        <AssignAndSnooze selected={selected} reviewer={reviewer} kernel={kernel} live={live} />
      )}
      {form && alike > 1 && (
        <p class="alike">
          <ActionButton locked={!live} act={() => kernel.send({ type: "together", on: true })}>
            {`Answer like questions together (up to ${alike})`}
          </ActionButton>
        </p>
      )}
      {form && (
        <p class="serving faint">
          <Marked text={serving} />
        </p>
      )}
    </>
  );
}

/** What was typed into the form of a question, as a draft. */
export function typedInto(id: string, kernel: Kernel, drafts: InboxState["drafts"]): string {
  return kernel.typed.get(id) ?? drafts[id] ?? "";
}

/** What somebody had typed when the form was taken away. */
function Unsent({ lines }: { lines: string[] }) {
  if (lines.length === 0) return null;
  return (
    <div class="unsent">
      <p class="faint">typed here and not sent</p>
      {lines.map((line, index) => (
        <p key={index}>{line}</p>
      ))}
    </div>
  );
}

type NoteChange = Pick<Note, "assigned" | "snooze">;

/** Hand the question to somebody, or put it off. */
function AssignAndSnooze({
  selected,
  reviewer,
  kernel,
  live,
}: Omit<SelectedQuestionProps, "drafts">) {
  const { id, assigned, snoozed } = selected;
  const field = useRef<HTMLInputElement>(null);
  const { submission, submit } = useSubmission<NoteChange>(
    kernel,
    (nonce, change) => kernel.send({ type: "note", nonce, questions: [id], ...change }),
    () => untouched,
  );
  const assign = (to: string) => {
    if (to.trim() !== assigned) submit({ assigned: to, snooze: null });
  };
  const key = (event: TargetedKeyboardEvent<HTMLInputElement>) => {
    if (event.key !== "Enter" || event.isComposing || event.repeat) return;
    event.preventDefault();
    assign(event.currentTarget.value);
  };
  const snooze = ({ currentTarget }: TargetedEvent<HTMLSelectElement>) => {
    const seconds = currentTarget.value;
    currentTarget.value = "";
    if (seconds !== "") submit({ assigned: null, snooze: Number(seconds) });
  };
  const off = !live || locked(submission);
  const me = plain(reviewer);
  return (
    <div class="handing" role="group" aria-label="hand on or put off">
      <span class="filter">
        <label for={`${id}-assigned`}>assigned to</label>
        <input
          ref={field}
          key={assigned}
          id={`${id}-assigned`}
          type="text"
          autocomplete="off"
          spellcheck={false}
          defaultValue={assigned}
          placeholder="nobody"
          readOnly={off}
          onKeyDown={key}
          onBlur={(event) => assign(event.currentTarget.value)}
        />
      </span>
      {me !== "" && assigned !== me && (
        <ActionButton locked={off} act={() => assign(me)}>
          Assign to me
        </ActionButton>
      )}
      <span class="filter">
        <label for={`${id}-snooze`}>
          {characters(snoozed) > 0 ? (
            <>
              snoozed until <Marked text={snoozed} />
            </>
          ) : (
            "snooze"
          )}
        </label>
        <select id={`${id}-snooze`} value="" disabled={off} onChange={snooze}>
          <option value="">…</option>
          {SNOOZES.map(([label, seconds]) => (
            <option key={seconds} value={seconds}>
              {label}
            </option>
          ))}
          {characters(snoozed) > 0 && <option value={0}>wake it</option>}
        </select>
      </span>
      <ErrorList id={`${id}-handing`} errors={submission.errors} />
      <Unconfirmed phase={submission.phase} />
    </div>
  );
}
