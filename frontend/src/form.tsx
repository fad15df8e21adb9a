import { useLayoutEffect, useState } from "preact/hooks";
import { Control } from "./control";
import { Deadline } from "./deadline";
import { useDraft } from "./draft";
import { Items } from "./evidence";
import { unique } from "./identity";
import type { Kernel } from "./kernel";
import type { Form, Item, ViewState } from "./messages";
import { Pages, PagesContext } from "./pages";
import { ReadingContext, useReading } from "./reading";
import { type Answer, locked, type Submission, useSubmission } from "./submission";
import { characters, Marked } from "./text";

interface QuestionProps {
  form: Form;
  kernel: Kernel;
  live: boolean;
  drafts: ViewState["drafts"];
}

/** An open question: what is asked, the evidence, and the control that answers. */
export function Question({ form, kernel, live, drafts }: QuestionProps) {
  const [id] = useState(() => `hitl-${unique()}`);
  const [pages] = useState(() => new Pages(form.id, kernel));
  const reading = useReading(evidenceOf(form));
  const { submission, submit } = useSubmission(form.id, kernel, reading);
  const answered = () => submission.phase === "sent";
  const keeper = useDraft(form, kernel, drafts, answered);
  useLayoutEffect(() => {
    if (answered()) keeper.done();
  }, [submission.phase]);
  const answer = (given: Answer) => {
    if (submit(given)) keeper.hold();
  };
  return (
    <form
      class="question"
      data-question={form.id}
      aria-labelledby={`${id}-heading`}
      tabIndex={-1}
      onSubmit={(event) => event.preventDefault()}
    >
      <Asking form={form} id={id} />
      <ReadingContext.Provider value={reading}>
        <PagesContext.Provider value={pages}>
          {form.context.length > 0 && <Items items={form.context} />}
        </PagesContext.Provider>
        <Control
          control={form.control}
          id={id}
          draft={keeper.initial}
          locked={!live || locked(submission)}
          errors={submission.errors}
          status={<Status submission={submission} />}
          submit={answer}
          write={(text) => keeper.write(text)}
          rest={() => locked(submission) || keeper.tell()}
        />
      </ReadingContext.Provider>
      <Unanswered submission={submission} />
    </form>
  );
}

function evidenceOf({ context, control }: Form): Item[] {
  const about = control.kind === "request" ? control.parts.flatMap((part) => part.about) : [];
  return [...context, ...about];
}

/** What is asked, where, how much is at stake, until when, and who had it before. */
function Asking({ form, id }: { form: Form; id: string }) {
  const { heading, node, facts = [], deadline, history = [] } = form;
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
          {deadline && <Deadline deadline={deadline} />}
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

function said({ phase, overtaken }: Submission): string {
  if (phase === "sending") return "sending…";
  if (phase !== "sent") return "";
  return overtaken ? "an earlier answer of yours was taken" : "sent";
}

function Unanswered({ submission }: { submission: Submission }) {
  return (
    <div role="status">
      {submission.phase === "unanswered" && (
        <p class="notice">
          The kernel did not confirm this answer, so it may not have arrived. What you typed is kept.
          If the kernel was restarted, run the cell again.
        </p>
      )}
    </div>
  );
}
