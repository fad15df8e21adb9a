import { useRef } from "preact/hooks";
import type { ButtonPress } from "../messages";
import type { Kernel } from "../widget/kernel";
import { type Submission, untouched, useSubmission } from "../widget/submission";

/** Which of the runs in one view: the session's own, or the one beside it. */
export type RunSide = "" | "branch";

type PressedButton = Pick<ButtonPress, "button" | "target">;

/** Where the buttons of one run stand; one press is on its way at a time. */
export interface ButtonPresses extends Pick<Submission<PressedButton>, "phase" | "errors"> {
  /** What the phase and the errors are about. */
  button: string;
  /** How many presses were accepted. */
  accepted: number;
  press(button: string, target?: string): void;
}

export function useButtonPress(kernel: Kernel, thread: RunSide): ButtonPresses {
  const accepted = useRef(0);
  const button = useRef("");
  const { submission, submit } = useSubmission<PressedButton>(
    kernel,
    (nonce, pressed) => kernel.send({ type: "press", nonce, thread, ...pressed }),
    () => {
      accepted.current += 1;
      return untouched;
    },
  );
  return {
    phase: submission.phase,
    errors: submission.errors,
    button: button.current,
    accepted: accepted.current,
    press(name, target = "") {
      if (submit({ button: name, target })) button.current = name;
    },
  };
}
