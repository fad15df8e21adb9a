import type { ComponentChildren, TargetedMouseEvent } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Header as HeaderState } from "../messages";
import { characters, Marked, plain } from "../text/marked_text";
import { counted, duration } from "../text/quantities";

interface HeaderProps {
  header: HeaderState;
  live: boolean;
  id: string;
  /** Id of what the disclosure folds away. */
  body: string;
  open: boolean;
  toggle(): void;
  children?: ComponentChildren;
}

const UNFINISHED: readonly HeaderState["status"][] = ["running", "waiting"];

/** Whose run it is and how it fares; its name folds the rest away. */
export function Header({ header, live, id, body, open, toggle, children }: HeaderProps) {
  // Without a kernel nothing runs, and an answer would reach nobody.
  const lost = !live && UNFINISHED.includes(header.status);
  return (
    <header>
      <h2 id={id} title={`${plain(header.graph)} ▸ ${plain(header.thread)}`}>
        <button
          type="button"
          class="disclosure"
          aria-expanded={open}
          aria-controls={body}
          onClick={toggle}
        >
          <Marked text={characters(header.graph) > 0 ? header.graph : ["run"]} />
          {characters(header.thread) > 0 && (
            <>
              <span aria-hidden="true"> ▸ </span>
              <Marked text={header.thread} />
            </>
          )}
        </button>
      </h2>
      <p class="standing">
        <span class={lost ? "dot" : `dot ${header.status}`} aria-hidden="true" />
        <span role="status">{lost ? "no kernel" : <Marked text={header.note} />}</span>
        <Elapsed seconds={header.seconds} ticks={!lost && header.status === "running"} />
        {characters(header.saver) > 0 && (
          <span class="faint">
            {" · "}
            <Marked text={header.saver} />
          </span>
        )}
      </p>
      {children}
    </header>
  );
}

/** Time at work. It ticks by this page's clock, from what the kernel said last. */
function Elapsed({ seconds, ticks }: { seconds: number; ticks: boolean }) {
  const now = useTicking(seconds, ticks);
  if (now < (ticks ? 1 : 0.001)) return null;
  return (
    <span class="faint">
      {" · "}
      <span role={ticks ? "timer" : undefined} title="time at work, waiting not counted">
        {ticks ? duration(Math.floor(now)).replace(".0", "") : duration(now)}
      </span>
    </span>
  );
}

function useTicking(said: number, ticks: boolean): number {
  const [from, setFrom] = useState({ said, ticks, at: performance.now() });
  const [, setNow] = useState(0);
  if (from.said !== said || from.ticks !== ticks) setFrom({ said, ticks, at: performance.now() });
  useEffect(() => {
    if (!ticks) return;
    const timer = setInterval(() => setNow(performance.now()), 1000);
    return () => clearInterval(timer);
  }, [ticks, from]);
  return ticks ? said + (performance.now() - from.at) / 1000 : said;
}

interface WaitingCountProps {
  count: number;
  open(): void;
}

/** What is left to be seen of open questions while the view is folded. */
export function WaitingCount({ count, open }: WaitingCountProps) {
  const click = ({ currentTarget }: TargetedMouseEvent<HTMLButtonElement>) => {
    // This button goes, and must not take the keyboard with it.
    currentTarget.closest("section")?.querySelector<HTMLElement>(".disclosure")?.focus();
    open();
  };
  return (
    <p class="waits">
      <button type="button" class="more" onClick={click}>
        {counted(count, "question")} {count === 1 ? "waits" : "wait"} for an answer
      </button>
    </p>
  );
}
