import { useState } from "preact/hooks";
import { Control } from "./control";
import { useDraft } from "./draft";
import { Items } from "./evidence";
import { unique } from "./identity";
import type { Kernel } from "./kernel";
import type { Form } from "./messages";
import { ReadingContext, useReading } from "./reading";
import { type Answer, locked, type Submission, useSubmission } from "./submission";
import { Marked } from "./text";

interface QuestionProps {
  form: Form;
  kernel: Kernel;
  live: boolean;
  draft: string;
}

/** An open question: what is asked, the evidence, and the control that answers. */
export function Question({ form, kernel, live, draft }: QuestionProps) {
  const [id] = useState(() => `hitl-${unique()}`);
  const reading = useReading(form.context);
  const { submission, submit } = useSubmission(form.id, kernel, reading);
  const answered = () => submission.phase === "sent";
  const keeper = useDraft(form.id, kernel, draft, answered);
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
      <div class="asking">
        <h3 id={`${id}-heading`}>
          <Marked text={form.heading} />
        </h3>
        <span class="faint">
          <Marked text={form.node} />
        </span>
      </div>
      <ReadingContext.Provider value={reading}>
        {form.context.length > 0 && <Items items={form.context} />}
      </ReadingContext.Provider>
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
      <Unanswered submission={submission} />
    </form>
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
