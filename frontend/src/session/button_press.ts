import { useRef } from "preact/hooks";
import type { Kernel } from "../widget/kernel";
import type { ButtonPress } from "../messages";
import { type Submission, untouched, useSaying } from "../widget/submission";

/** Which of the runs in one view: the session's own, or the one beside it. */
export type Thread = "" | "branch";

export type Wish = Pick<ButtonPress, "button" | "target">;

/** Where the buttons of one run stand; one wish is on its way at a time. */
export interface Pressing extends Pick<Submission<Wish>, "phase" | "errors"> {
  /** What the phase and the errors are about. */
  button: string;
  /** How many wishes were granted. */
  granted: number;
  press(button: string, target?: string): void;
}

export function usePress(kernel: Kernel, thread: Thread): Pressing {
  const granted = useRef(0);
  const button = useRef("");
  const { submission, submit } = useSaying<Wish>(
    kernel,
    (nonce, wish) => kernel.send({ type: "press", nonce, thread, ...wish }),
    () => {
      granted.current += 1;
      return untouched;
    },
  );
  return {
    phase: submission.phase,
    errors: submission.errors,
    button: button.current,
    granted: granted.current,
    press(name, target = "") {
      if (submit({ button: name, target })) button.current = name;
    },
  };
}
