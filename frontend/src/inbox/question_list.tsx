import type { Ref, TargetedKeyboardEvent } from "preact";
import { memo } from "preact/compat";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { InboxRow, Selected, Window } from "../messages";
import { clock } from "../question/deadline";
import { characters, Marked } from "../text/marked_text";
import type { Kernel } from "../widget/kernel";

/** The height of a row; `inbox.css` says the same. */
export const ROW = 42;
const AROUND = 20;
const PAGE = 10;
const SOON = 300;
const TICK = 10_000;

interface QuestionListProps {
  id: string;
  list: Ref<HTMLDivElement> & { current: HTMLDivElement | null };
  window: Window;
  selected: Selected | null;
  kernel: Kernel;
}

/** The questions, of which only those near what is seen are here. */
export function QuestionList({ id, list, window: shown, selected, kernel }: QuestionListProps) {
  const since = useSince(shown);
  const { ask } = useWindow(list, shown, kernel);
  useScrollToSelected(list, selected);
  const step = (by: number) => kernel.send({ type: "select", question: "", step: by });
  const key = (event: TargetedKeyboardEvent<HTMLElement>) => {
    const far = shown.total;
    const steps: Record<string, number> = {
      PageDown: PAGE,
      PageUp: -PAGE,
      Home: -far,
      End: far,
    }; // prettier-ignore
    const by = steps[event.key];
    if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    step(by);
  };
  const active = shown.rows.some((row) => row.id === selected?.id);
  return (
    <div
      ref={list}
      id={id}
      class="waiting-list"
      role={shown.total > 0 ? "listbox" : "group"}
      tabIndex={0}
      aria-label="waiting questions"
      aria-activedescendant={active ? `${id}-${selected?.id}` : undefined}
      onKeyDown={key}
      onScroll={ask}
    >
      <div role="presentation" style={{ height: `${shown.total * ROW}px` }}>
        <div role="presentation" style={{ transform: `translateY(${shown.start * ROW}px)` }}>
          {shown.rows.map((row, index) => (
            <Row
              key={row.id}
              id={`${id}-${row.id}`}
              row={row}
              since={since}
              place={shown.start + index + 1}
              total={shown.total}
              selected={row.id === selected?.id}
              kernel={kernel}
            />
          ))}
        </div>
      </div>
      {shown.total === 0 && <p class="faint nothing">Nothing here.</p>}
    </div>
  );
}

interface RowProps {
  id: string;
  row: InboxRow;
  /** Seconds since the kernel sent it. */
  since: number;
  place: number;
  total: number;
  selected: boolean;
  kernel: Kernel;
}

const Row = memo(function Row({ id, row, since, place, total, selected, kernel }: RowProps) {
  const left = row.left === null ? null : Math.max(0, row.left - since);
  return (
    <div
      id={id}
      class={selected ? "entry selected" : "entry"}
      role="option"
      aria-selected={selected}
      aria-setsize={total}
      aria-posinset={place}
      onClick={() => kernel.send({ type: "select", question: row.id, step: 0 })}
    >
      <span class="words">
        <span class="text">
          <Marked text={row.heading} />
          {characters(row.excerpt) > 0 && (
            <span class="excerpt faint">
              <Marked text={row.excerpt} />
            </span>
          )}
        </span>
        {left !== null ? (
          <span class={left <= SOON ? "time soon" : "time"} title="until it answers itself">
            {left === 0 ? "time is up" : `${clock(left)} left`}
          </span>
        ) : (
          <span class="time" title="since it was asked">
            {age(row.asked + since)}
          </span>
        )}
      </span>
      <span class="words faint">
        <span class="text">
          <Marked text={row.place} />
        </span>
        {row.draft && <span class="hitl-badge">draft</span>}
        {row.snoozed && <span class="hitl-badge">snoozed</span>}
        {characters(row.assigned) > 0 && (
          <span class="hitl-badge">
            <span class="unseen">assigned to </span>→ <Marked text={row.assigned} />
          </span>
        )}
        {row.facts.map((fact, index) => (
          <span key={index} class={row.warns && index === 0 ? "fact warns" : "fact"}>
            <Marked text={fact} />
          </span>
        ))}
      </span>
    </div>
  );
});

/** Say how long ago something was asked, as precisely as it matters. */
export function age(seconds: number): string {
  if (seconds < 60) return "now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} days`;
}

/** Seconds since the kernel sent these rows, counted now and then. */
function useSince(shown: Window): number {
  const at = useRef({ shown, at: performance.now() });
  const [, tick] = useState(0);
  if (at.current.shown !== shown) at.current = { shown, at: performance.now() };
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), TICK);
    return () => clearInterval(timer);
  }, []);
  return Math.floor((performance.now() - at.current.at) / 1000);
}

/** Ask for the rows near what is seen, before they are. */
function useWindow(list: QuestionListProps["list"], shown: Window, kernel: Kernel) {
  const asked = useRef(-1);
  const frame = useRef(0);
  useEffect(() => () => cancelAnimationFrame(frame.current), []);
  const look = () => {
    const box = list.current;
    if (!box) return;
    const first = Math.floor(box.scrollTop / ROW);
    const last = Math.min(shown.total, first + Math.ceil(box.clientHeight / ROW) + 1);
    if (first >= shown.start && last <= shown.start + shown.rows.length) {
      asked.current = -1;
      return;
    }
    const start = Math.max(0, first - AROUND);
    if (start === asked.current) return;
    asked.current = start;
    kernel.send({ type: "window", start, count: last - first + 2 * AROUND });
  };
  const ask = () => {
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(look);
  };
  useEffect(ask, [shown.total]);
  return { ask };
}

/** Scroll the list, and never the notebook, to the question that was just selected. */
function useScrollToSelected(list: QuestionListProps["list"], selected: Selected | null): void {
  useLayoutEffect(() => {
    const box = list.current;
    if (!box || !selected || selected.index < 0) return;
    const top = selected.index * ROW;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + ROW > box.scrollTop + box.clientHeight) {
      box.scrollTop = top + ROW - box.clientHeight;
    }
  }, [selected?.id]);
}
