import { memo } from "preact/compat";
import { useLayoutEffect, useState } from "preact/hooks";
import { uniqueId } from "../components/unique_id";
import { DisplayContext, FormContext, useDisplayTracker } from "../evidence/display_tracker";
import { Items } from "../evidence/items";
import { TextPages, TextPagesContext } from "../evidence/text_pages";
import type { FormView, ViewState } from "../messages";
import { show } from "../text/hidden_characters";
import { characters, Marked, type Text } from "../text/marked_text";
import type { Kernel } from "../widget/kernel";
import { type Answer, locked, type Submission, useSubmission } from "../widget/submission";
import { Unconfirmed } from "../widget/unconfirmed";
import { Control } from "./control";
import { Deadline, endOf } from "./deadline";
import { useDraft } from "./draft";
import { Unseen, useUnseen } from "./unseen";

interface QuestionProps {
  form: FormView;
  kernel: Kernel;
  live: boolean;
  drafts: ViewState["drafts"];
  /** Whether it is on the screen, and not folded away or behind another tab. */
  shown?: boolean;
  /** Id of what names the run it belongs to, where two are drawn. */
  within?: string | undefined;
  /** Hears where its answer is. */
  tell?(standing: Standing): void;
}

/** Where the answer to a question is: nowhere, refused, without a word from the kernel, given. */
export type Standing = "open" | "wrong" | "sent";

/** An open question: what is asked, the evidence, and the control that answers. */
export const Question = memo(function Question(props: QuestionProps) {
  const { form, kernel, live, drafts, shown = true, within = "", tell } = props;
  const [id] = useState(() => `hitl-${uniqueId()}`);
  const [pages] = useState(() => new TextPages(form.id, kernel));
  const tracker = useDisplayTracker(form, shown);
  const { unseen, size } = useUnseen(tracker);
  const [accepted, accept] = useState(false);
  const { submission, submit } = useSubmission<Answer>(kernel, (nonce, answer) =>
    kernel.send({
      type: "submit",
      question: form.id,
      nonce,
      answer,
      displayed: tracker.displayed(accepted),
    }),
  );
  const answered = () => submission.phase === "sent";
  const keeper = useDraft(form, kernel, drafts, answered);
  useLayoutEffect(() => {
    // The kernel has the answer. Not before: a page reloaded until then must find what was typed.
    if (answered()) keeper.done();
    tell?.(standingOf(submission));
  }, [submission]);
  const answer = (given: Answer) => {
    // A draft that arrives after its answer would be kept for a question that is closed.
    if (submit(given)) keeper.hold();
  };
  return (
    <form
      class="question"
      data-question={form.id}
      aria-labelledby={`${id}-heading ${within}`.trimEnd()}
      tabIndex={-1}
      onSubmit={(event) => event.preventDefault()}
    >
      <QuestionHeading form={form} id={id} end={endOf(form, kernel)} />
      <DisplayContext.Provider value={tracker}>
        <FormContext.Provider value={form}>
          <TextPagesContext.Provider value={pages}>
            {form.context.length > 0 && <Items items={form.context} />}
            <Control
              control={form.control}
              id={id}
              draft={keeper.initial}
              locked={!live || locked(submission)}
              errors={submission.errors}
              status={
                <>
                  {unseen > 0 && (
                    <Unseen
                      unseen={unseen}
                      size={size}
                      accepted={accepted}
                      locked={!live || locked(submission)}
                      accept={accept}
                    />
                  )}
                  <Status submission={submission} />
                </>
              }
              submit={answer}
              write={(text) => keeper.write(text)}
              rest={() => locked(submission) || keeper.tell()}
            />
          </TextPagesContext.Provider>
        </FormContext.Provider>
      </DisplayContext.Provider>
      <Unconfirmed phase={submission.phase} answer={wordsOf(form.control, submission.answer)} />
    </form>
  );
});

function standingOf({ phase, errors }: Submission): Standing {
  if (phase === "sent") return "sent";
  return errors.length > 0 ? "wrong" : "open";
}

/** What is asked, where, how much is at stake, until when, and who had it before. */
function QuestionHeading({ form, id, end }: { form: FormView; id: string; end: number | null }) {
  const { heading, node, facts = [], deadline, history = [], follows } = form;
  return (
    <>
      <div class="asking">
        <h3 id={`${id}-heading`}>
          <Marked text={heading} />
        </h3>
        <span class="facts">
          {characters(node) > 0 && (
            <span class="fact">
              <Marked text={node} />
            </span>
          )}
          {facts.map(({ text, warns }, index) => (
            <span key={index} class={warns ? "fact warns" : "fact"}>
              <Marked text={text} />
            </span>
          ))}
          {deadline && end !== null && <Deadline deadline={deadline} end={end} />}
        </span>
      </div>
      {history.length > 0 && (
        <ol class="history" aria-label="earlier decisions">
          {history.map((line, index) => (
            <li key={index}>
              <Marked text={line} />
            </li>
          ))}
        </ol>
      )}
      {follows !== undefined && history.length === 0 && (
        <p class="follows">
          This form takes the place of an earlier one, which is stale. What you typed there is here.
        </p>
      )}
    </>
  );
}

function Status({ submission }: { submission: Submission }) {
  return (
    <span class="status" role="status">
      {said(submission)}
    </span>
  );
}

function said({ phase }: Submission): string {
  if (phase === "sending" || phase === "unanswered") return "sending…";
  return phase === "sent" ? "sent" : "";
}

/** What an answer is called on the form. */
function wordsOf(control: FormView["control"], answer: Answer | null): Text {
  if (control.kind === "request" && answer && "action" in answer) {
    const names = control.actions.flatMap((action) => [action, action.edited ?? action]);
    const called = names.find(({ name }) => name === answer.action);
    return called ? ["“", ...called.label, "”"] : ["Your answer"];
  }
  return answer && "label" in answer ? ["“", ...show(answer.label), "”"] : ["Your answer"];
}
