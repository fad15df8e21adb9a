import { useEffect, useState } from "preact/hooks";
import type { Deadline as DeadlineState, FormView } from "../messages";
import { Marked, plain } from "../text/marked_text";
import type { Kernel } from "../widget/kernel";

const SAID = [3600, 600, 60, 10];

/** Seconds that are left when a form's end is near. */
export const SOON = 60;

/** When a question answers itself, by this page's clock; counted from when it was first seen. */
export function endOf({ id, deadline }: FormView, kernel: Kernel): number | null {
  if (!deadline) return null;
  const known = kernel.ends.get(id);
  if (known?.said === deadline.left) return known.at;
  const at = performance.now() + deadline.left * 1000;
  kernel.ends.set(id, { said: deadline.left, at });
  return at;
}

interface DeadlineProps {
  deadline: DeadlineState;
  end: number;
}

/** How long a question stays open and what happens then; said aloud only now and then. */
export function Deadline({ deadline, end }: DeadlineProps) {
  const left = useLeft(end);
  const near = SAID.filter((seconds) => left <= seconds).at(-1);
  const then = plain(deadline.then);
  return (
    <span class={left <= SOON ? "deadline soon" : "deadline"}>
      <span role="timer">{clock(left)}</span>
      {left > 0 ? ", then " : " – "}
      <Marked text={deadline.then} />
      <span class="unseen" role="status">
        {near !== undefined &&
          `${left > 0 ? `less than ${spoken(near)} left, then` : "time is up:"} ${then}`}
      </span>
    </span>
  );
}

/** Seconds until then, counted down. */
export function useLeft(end: number): number {
  const [now, setNow] = useState(performance.now());
  const left = Math.max(0, (end - Math.max(now, performance.now())) / 1000);
  const over = left === 0;
  useEffect(() => {
    if (over) return;
    const timer = setInterval(() => setNow(performance.now()), 1000);
    return () => clearInterval(timer);
  }, [over, end]);
  return left;
}

export function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  const two = (number: number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (hours >= 48) return `${Math.floor(hours / 24)} days`;
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(whole % 60)}`
    : `${minutes}:${two(whole % 60)}`;
}

function spoken(seconds: number): string {
  if (seconds >= 3600) return "an hour";
  return seconds >= 60 ? `${seconds / 60} minute${seconds > 60 ? "s" : ""}` : `${seconds} seconds`;
}
