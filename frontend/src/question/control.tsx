import type { ComponentChildren } from "preact";
import type { FieldError, FormView } from "../messages";
import { Buttons, Dropdown } from "./options_control";
import { Request } from "./request/request_control";
import type { Answer } from "../widget/submission";
import { Writing } from "./text_control";

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

export function Control({ control, ...props }: ControlProps<FormView["control"]>) {
  switch (control.kind) {
    case "options":
      return control.layout === "dropdown" ? (
        <Dropdown control={control} {...props} />
      ) : (
        <Buttons control={control} {...props} />
      );
    case "text":
      return <Writing control={control} {...props} />;
    case "request":
      return <Request control={control} {...props} />;
    default:
      return <Unknown />;
  }
}

function Unknown() {
  return (
    <p class="notice" role="alert">
      This page holds an older version of the view, which cannot draw this question. Save the
      notebook and reload the page.
    </p>
  );
}
