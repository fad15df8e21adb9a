import { useEffect, useState } from "preact/hooks";
import type { Deadline as DeadlineState } from "./messages";
import { Marked, plain } from "./text";

const SAID = [3600, 600, 60, 10];

/** How long a question stays open and what happens then; said aloud only now and then. */
export function Deadline({ deadline }: { deadline: DeadlineState }) {
  const left = useLeft(deadline.left);
  const near = SAID.filter((seconds) => left <= seconds).at(-1);
  const then = plain(deadline.then);
  return (
    <span class={left <= 60 ? "deadline soon" : "deadline"}>
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

/** Count down from what the kernel said, by this page's own clock. */
function useLeft(said: number): number {
  const [until, setUntil] = useState({ said, at: performance.now() + said * 1000 });
  const [now, setNow] = useState(performance.now());
  if (until.said !== said) setUntil({ said, at: performance.now() + said * 1000 });
  const left = Math.max(0, (until.at - now) / 1000);
  const over = left === 0;
  useEffect(() => {
    if (over) return;
    const timer = setInterval(() => setNow(performance.now()), 1000);
    return () => clearInterval(timer);
  }, [over, until]);
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
