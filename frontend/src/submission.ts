import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { unique } from "./identity";
import type { Kernel } from "./kernel";
import type { Acknowledge, FieldError, Submit } from "./messages";
import type { Reading } from "./reading";

export type Answer = Submit["answer"];

const PATIENCE = 1500;

interface Attempt {
  nonce: string;
  answer: Answer;
}

/** Where one form is on the way from a click to the kernel's word. */
export interface Submission {
  phase: "open" | "sending" | "unanswered" | "sent";
  /** Sent and not rejected, the current one last: any of them may still be accepted. */
  attempts: readonly Attempt[];
  errors: readonly FieldError[];
  /** An attempt before the current one was accepted. */
  overtaken: boolean;
}

export const untouched: Submission = {
  phase: "open",
  attempts: [],
  errors: [],
  overtaken: false,
};

export function locked({ phase }: Submission): boolean {
  return phase === "sending" || phase === "sent";
}

/** Start an attempt; the same answer keeps its nonce, so the kernel can tell a repetition. */
export function attempted(before: Submission, answer: Answer, nonce: string): Submission {
  const spelled = JSON.stringify(answer);
  const known = before.attempts.find((attempt) => JSON.stringify(attempt.answer) === spelled);
  const others = before.attempts.filter((attempt) => attempt !== known);
  return { ...before, phase: "sending", attempts: [...others, known ?? { nonce, answer }], errors: [] };
}

export function acknowledged(before: Submission, word: Acknowledge): Submission {
  const attempt = before.attempts.find(({ nonce }) => nonce === word.nonce);
  if (!attempt || before.phase === "sent") return before;
  const current = attempt === before.attempts.at(-1);
  if (word.accepted) return { ...before, phase: "sent", errors: [], overtaken: !current };
  const attempts = before.attempts.filter((other) => other !== attempt);
  if (!current) return { ...before, attempts };
  return { ...before, phase: "open", attempts, errors: word.errors };
}

export function overdue(before: Submission, nonce: string): Submission {
  const waiting = before.phase === "sending" && before.attempts.at(-1)?.nonce === nonce;
  return waiting ? { ...before, phase: "unanswered" } : before;
}

interface Submitting {
  submission: Submission;
  /** Send the answer, unless one is on its way; true if it was sent. */
  submit(answer: Answer): boolean;
}

export function useSubmission(question: string, kernel: Kernel, reading: Reading): Submitting {
  // The reference decides, as a second click may come before the next drawing.
  const current = useRef(untouched);
  const timers = useRef(new Set<number>());
  const [, redraw] = useState({});
  const move = (next: Submission) => {
    current.current = next;
    redraw({});
  };

  useLayoutEffect(() => {
    const silence = kernel.listen("acknowledge", (word) => move(acknowledged(current.current, word)));
    return () => {
      silence();
      timers.current.forEach((timer) => clearTimeout(timer));
    };
  }, [kernel]);

  const submit = (answer: Answer): boolean => {
    if (locked(current.current) || !kernel.live) return false;
    const next = attempted(current.current, answer, unique());
    const nonce = next.attempts.at(-1)?.nonce ?? "";
    move(next);
    kernel.send({ type: "submit", question, nonce, answer, displayed: reading.displayed() });
    timers.current.add(window.setTimeout(() => move(overdue(current.current, nonce)), PATIENCE));
    return true;
  };

  return { submission: current.current, submit };
}
