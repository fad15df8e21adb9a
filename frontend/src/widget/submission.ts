import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { uniqueId } from "../components/unique_id";
import type { Acknowledge, FieldError, Submit } from "../messages";
import type { Kernel } from "./kernel";

export type Answer = Submit["answer"];

const PATIENCE = 1500;

/** Where one form, or one button, is on the way from a click to the kernel's word. */
export interface Submission<Said = Answer> {
  phase: "open" | "sending" | "unanswered" | "sent";
  nonce: string;
  /** What is on its way, or has arrived. */
  answer: Said | null;
  errors: readonly FieldError[];
}

export const untouched: Submission<never> = { phase: "open", nonce: "", answer: null, errors: [] };

/** What was sent may arrive late, and then counts: nothing else is said before it was answered. */
export function locked({ phase }: Pick<Submission, "phase">): boolean {
  return phase !== "open";
}

export function acknowledged<Said>(before: Submission<Said>, word: Acknowledge): Submission<Said> {
  const waiting = before.phase === "sending" || before.phase === "unanswered";
  if (!waiting || word.nonce !== before.nonce) return before;
  return word.accepted ? { ...before, phase: "sent" } : { ...untouched, errors: word.errors };
}

export function overdue<Said>(before: Submission<Said>, nonce: string): Submission<Said> {
  const waiting = before.phase === "sending" && before.nonce === nonce;
  return waiting ? { ...before, phase: "unanswered" } : before;
}

interface Submitting<Said> {
  submission: Submission<Said>;
  /** Send the answer, unless one is on its way; true if it was sent. */
  submit(answer: Said): boolean;
}

/**
 * Send something to the kernel and wait for its acknowledgement; `accepted` moves on from a good
 * one.
 */
export function useSubmission<Said>(
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
    const silence = kernel.listen("acknowledge", (word) =>
      move(acknowledged(current.current, word)),
    );
    return () => {
      silence();
      for (const timer of timers.current) clearTimeout(timer);
    };
  }, [kernel]);

  const submit = (answer: Said): boolean => {
    if (locked(current.current) || !kernel.live) return false;
    const nonce = uniqueId();
    // Before it is sent: its acknowledgement is known by the nonce, however soon it comes.
    move({ phase: "sending", nonce, answer, errors: [] });
    send(nonce, answer);
    timers.current.add(window.setTimeout(() => move(overdue(current.current, nonce)), PATIENCE));
    return true;
  };

  return { submission: current.current, submit };
}
