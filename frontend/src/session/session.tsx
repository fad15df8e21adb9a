import type { ComponentChildren } from "preact";
import { memo } from "preact/compat";
import { useState } from "preact/hooks";
import { uniqueId } from "../components/unique_id";
import { Graph } from "../graph/graph";
import type { Drawing, Print, ViewState } from "../messages";
import { Questions } from "../question/question_tabs";
import { Marked } from "../text/marked_text";
import type { Kernel } from "../widget/kernel";
import { type RunSide, useButtonPress } from "./button_press";
import { Header, WaitingCount } from "./header";
import { History } from "./history";
import { Failure, Result } from "./outcome";
import { Timeline } from "./timeline";
import { Toolbar } from "./toolbar";

interface SessionProps {
  state: ViewState;
  kernel: Kernel;
  live: boolean;
  thread: RunSide;
  /** Drawn at the end of the header. */
  children?: ComponentChildren;
}

/** One thread: where it stands, what happened, what waits, how it ended. */
export function Session({ state, kernel, live, thread, children }: SessionProps) {
  const [id] = useState(() => `hitl-${uniqueId()}`);
  const [open, setOpen] = useState(true);
  const presses = useButtonPress(kernel, thread);
  const { header, timeline, forms, drafts, result, failure, past } = state;
  const { drawing, buttons, progress, notices } = state;
  const retry = failure ? buttons.find(({ name }) => name === "retry") : undefined;
  const body = `${id}-body`;
  return (
    <section class={open ? "session" : "session folded"} aria-labelledby={id}>
      <Header
        header={header}
        live={live}
        id={id}
        body={body}
        open={open}
        toggle={() => setOpen(!open)}
      >
        {children}
      </Header>
      <Notices live={live || thread === "branch"} notices={notices} />
      {!open && forms.length > 0 && (
        <WaitingCount count={forms.length} open={() => setOpen(true)} />
      )}
      <div id={body} hidden={!open}>
        {(buttons.length > 0 || progress.text.length > 0) && (
          <Toolbar
            id={id}
            progress={progress}
            buttons={retry ? buttons.filter((button) => button !== retry) : buttons}
            presses={presses}
            live={live}
          />
        )}
        {drawing.nodes.length > 0 && <Graph drawing={drawing} id={`${id}-graph`} />}
        {timeline.length > 0 && <Timeline entries={timeline} presses={presses} live={live} />}
        {past && past.moments.length > 1 && (
          <History id={`${id}-past`} past={past} kernel={kernel} thread={thread} live={live} />
        )}
        <Questions
          id={id}
          forms={forms}
          kernel={kernel}
          live={live}
          drafts={drafts}
          shown={open}
          within={thread === "branch" ? id : undefined}
        />
        {result && <Result items={result} />}
        {failure && (
          <Failure
            failure={failure}
            prints={printsOfFailed(drawing)}
            retry={retry}
            presses={presses}
            live={live}
          />
        )}
      </div>
    </section>
  );
}

function printsOfFailed({ nodes }: Drawing): Print[] {
  return nodes.flatMap(({ state, prints }) => (state === "failed" && prints ? [prints] : []));
}

interface NoticesProps {
  live: boolean;
  notices: ViewState["notices"];
}

const Notices = memo(function Notices({ live, notices }: NoticesProps) {
  return (
    <div role="status">
      {!live && (
        <p class="notice">
          This view lost its kernel. What you typed is kept here. To continue, run the cell again,
          and before it the cells it needs.
        </p>
      )}
      {notices.map((notice, index) => (
        <p key={index} class="notice">
          <Marked text={notice} />
        </p>
      ))}
    </div>
  );
});
