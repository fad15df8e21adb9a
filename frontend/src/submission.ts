import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { unique } from "./identity";
import type { Kernel } from "./kernel";
import type { Acknowledge, FieldError, Submit } from "./messages";
import type { Reading } from "./reading";

export type Answer = Submit["answer"];

const PATIENCE = 1500;

interface Attempt<Said> {
  nonce: string;
  answer: Said;
}

/** Where one form, or one button, is on the way from a click to the kernel's word. */
export interface Submission<Said = Answer> {
  phase: "open" | "sending" | "unanswered" | "sent";
  /** Sent and not rejected, the current one last: any of them may still be accepted. */
  attempts: readonly Attempt<Said>[];
  errors: readonly FieldError[];
  /** An attempt before the current one was accepted. */
  overtaken: boolean;
}

export const untouched: Submission<never> = {
  phase: "open",
  attempts: [],
  errors: [],
  overtaken: false,
};

export function locked({ phase }: Pick<Submission, "phase">): boolean {
  return phase === "sending" || phase === "sent";
}

/** Start an attempt; the same answer keeps its nonce, so the kernel can tell a repetition. */
export function attempted<Said>(
  before: Submission<Said>,
  answer: Said,
  nonce: string,
): Submission<Said> {
  const spelled = JSON.stringify(answer);
  const known = before.attempts.find((attempt) => JSON.stringify(attempt.answer) === spelled);
  const others = before.attempts.filter((attempt) => attempt !== known);
  const attempts = [...others, known ?? { nonce, answer }];
  return { ...before, phase: "sending", attempts, errors: [] };
}

export function acknowledged<Said>(
  before: Submission<Said>,
  word: Acknowledge,
): Submission<Said> {
  const attempt = before.attempts.find(({ nonce }) => nonce === word.nonce);
  if (!attempt || before.phase === "sent") return before;
  const current = attempt === before.attempts.at(-1);
  if (word.accepted) return { ...before, phase: "sent", errors: [], overtaken: !current };
  const attempts = before.attempts.filter((other) => other !== attempt);
  if (!current) return { ...before, attempts };
  return { ...before, phase: "open", attempts, errors: word.errors };
}

export function overdue<Said>(before: Submission<Said>, nonce: string): Submission<Said> {
  const waiting = before.phase === "sending" && before.attempts.at(-1)?.nonce === nonce;
  return waiting ? { ...before, phase: "unanswered" } : before;
}

interface Submitting<Said> {
  submission: Submission<Said>;
  /** Send the answer, unless one is on its way; true if it was sent. */
  submit(answer: Said): boolean;
}

export function useSubmission(
  question: string,
  kernel: Kernel,
  reading: Reading,
): Submitting<Answer> {
  return useSaying<Answer>(kernel, (nonce, answer) => {
    kernel.send({ type: "submit", question, nonce, answer, displayed: reading.displayed() });
  });
}

/** Say something to the kernel and wait for its word; `accepted` moves on from a good one. */
export function useSaying<Said>(
  kernel: Kernel,
  send: (nonce: string, said: Said) => void,
  accepted: (now: Submission<Said>) => Submission<Said> = (now) => now,
): Submitting<Said> {
  // The reference decides, as a second click may come before the next drawing.
  const current = useRef<Submission<Said>>(untouched);
  const timers = useRef(new Set<number>());
  const [, redraw] = useState({});
  const move = (next: Submission<Said>) => {
    if (next === current.current) return;
    current.current = next.phase === "sent" ? accepted(next) : next;
    redraw({});
  };

  useLayoutEffect(() => {
    const silence = kernel.listen("acknowledge", (word) => move(acknowledged(current.current, word)));
    return () => {
      silence();
      timers.current.forEach((timer) => clearTimeout(timer));
    };
  }, [kernel]);

  const submit = (answer: Said): boolean => {
    if (locked(current.current) || !kernel.live) return false;
    const next = attempted(current.current, answer, unique());
    const nonce = next.attempts.at(-1)?.nonce ?? "";
    move(next);
    send(nonce, answer);
    timers.current.add(window.setTimeout(() => move(overdue(current.current, nonce)), PATIENCE));
    return true;
  };

  return { submission: current.current, submit };
}
