import { useState } from "preact/hooks";
import { Question } from "./form";
import { Header } from "./header";
import { unique } from "./identity";
import type { Kernel } from "./kernel";
import type { ViewState } from "./messages";
import { Failure, Result } from "./outcome";
import { Timeline } from "./timeline";

interface SessionProps {
  state: ViewState;
  kernel: Kernel;
  live: boolean;
}

/** One thread: where it stands, what happened, what waits, how it ended. */
export function Session({ state, kernel, live }: SessionProps) {
  const [id] = useState(() => `hitl-${unique()}`);
  const { header, timeline, forms, drafts, result, failure } = state;
  return (
    <section aria-labelledby={id}>
      <Header header={header} id={id} />
      {timeline.length > 0 && <Timeline entries={timeline} />}
      <div role="status">
        {!live && (
          <p class="notice">
            This view lost its kernel. What you typed is kept here; run the cell again to continue.
          </p>
        )}
      </div>
      {forms.map((form) => (
        <Question key={form.id} form={form} kernel={kernel} live={live} drafts={drafts} />
      ))}
      {result && <Result items={result} />}
      {failure && <Failure failure={failure} />}
    </section>
  );
}
