import type { ComponentChildren } from "preact";
import type { FieldError } from "../messages";
import type { Answer } from "../widget/submission";

/** What every kind of control gets; a control keeps its own input and hands over whole answers. */
export interface ControlProps<Described> {
  control: Described;
  /** Prefix for element ids; `${id}-heading` names the question. */
  id: string;
  /** Text to begin with. */
  draft: string;
  /** An answer is on its way or given, or nobody is there to take one. */
  locked: boolean;
  errors: readonly FieldError[];
  /** Drawn beside the actions. */
  status: ComponentChildren;
  submit(answer: Answer): void;
  /** Keep unfinished text. */
  write(text: string): void;
  /** Keep it now: the person went elsewhere. */
  rest(): void;
}
