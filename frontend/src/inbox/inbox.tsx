import type { TargetedKeyboardEvent } from "preact";
import { useRef, useState } from "preact/hooks";
import { uniqueId } from "../components/unique_id";
import type { InboxState } from "../messages";
import { characters, Marked } from "../text/marked_text";
import type { Kernel } from "../widget/kernel";
import { Bulk } from "./bulk";
import { Filters } from "./filters";
import { QuestionList } from "./question_list";
import { SelectedQuestion, typedInto } from "./selected_question";

interface InboxProps {
  state: InboxState;
  kernel: Kernel;
  live: boolean;
}

const FIELD = "input, textarea, select, [contenteditable]";
const STEPS: Record<string, number> = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 };

/** All that waits: the list, what it is filtered by, and the question that is looked at. */
export function Inbox({ state, kernel, live }: InboxProps) {
  const [id] = useState(() => `hitl-${uniqueId()}`);
  const list = useRef<HTMLDivElement>(null);
  const { inbox, facets, search, window, selected, bulk, drafts, notices } = state;
  const step = (by: number) => kernel.send({ type: "select", question: "", step: by });
  const key = (event: TargetedKeyboardEvent<HTMLElement>) => {
    const by = STEPS[event.key];
    // Several at once have no next one, and their table scrolls by these keys.
    if (by === undefined || bulk || !bare(event)) return;
    event.preventDefault();
    // The form is about to go; in a field of the next one the letter would be typed.
    list.current?.focus({ preventScroll: true });
    step(by);
  };
  return (
    <section class="inbox" aria-labelledby={id} onKeyDown={key}>
      <header>
        <h2 id={id}>inbox</h2>
        <p class="standing">
          <span class={inbox.total > 0 ? "dot waiting" : "dot done"} aria-hidden="true" />
          <span role="status">{standing(inbox)}</span>
          <span class="faint">
            {" · "}
            <Marked text={inbox.saver} />
            {characters(inbox.served) > 0 && " · "}
            <Marked text={inbox.served} />
          </span>
        </p>
      </header>
      <Notices live={live} notices={notices} />
      <Filters id={`${id}-filters`} facets={facets} search={search} kernel={kernel} />
      {bulk ? (
        <Bulk
          key={bulk.form.id}
          bulk={bulk}
          draft={selected ? typedInto(selected.id, kernel, drafts) : ""}
          kernel={kernel}
          live={live}
        />
      ) : (
        <div class="sides">
          <QuestionList
            id={`${id}-list`}
            list={list}
            window={window}
            selected={selected}
            kernel={kernel}
          />
          <div class="side">
            {selected ? (
              <SelectedQuestion
                key={selected.id}
                selected={selected}
                reviewer={inbox.reviewer}
                kernel={kernel}
                live={live}
                drafts={drafts}
              />
            ) : (
              <p class="faint nothing">{nothing(inbox)}</p>
            )}
          </div>
        </div>
      )}
    </section>
  );
}

function standing({ total, snoozed }: InboxState["inbox"]): string {
  const waits = total === 1 ? "1 question waits" : `${total.toLocaleString("en")} questions wait`;
  return snoozed > 0 ? `${waits}, ${snoozed.toLocaleString("en")} snoozed` : waits;
}

/** Say why there is no question to look at. */
function nothing({ total, snoozed }: InboxState["inbox"]): string {
  if (total === 0) return "Nothing waits for an answer.";
  return total === snoozed
    ? "All that waits is snoozed."
    : "Nothing that waits matches the filters.";
}

/** Whether a key is meant for the inbox: no field takes it, nor has anything else. */
function bare(event: KeyboardEvent): boolean {
  const field = (event.target as Element | null)?.closest(FIELD);
  const modified = event.ctrlKey || event.metaKey || event.altKey || event.isComposing;
  return !field && !modified && !event.defaultPrevented;
}

function Notices({ live, notices }: { live: boolean; notices: InboxState["notices"] }) {
  return (
    <div role="status">
      {!live && (
        <p class="notice">
          This view lost its kernel. What you typed is kept here; run the cell again to continue.
        </p>
      )}
      {notices.slice(-1).map(({ text, warns }, index) => (
        <p key={index} class={warns ? "notice" : "notice calm"}>
          <Marked text={text} />
        </p>
      ))}
    </div>
  );
}
