import type { FieldError } from "../messages";
import { Marked } from "../text/marked_text";

type Errors = readonly Pick<FieldError, "message">[];

/** What is wrong with a control or what a button does; read aloud once it is there. */
export function ErrorList({ id, errors }: { id: string; errors: Errors }) {
  return (
    <div id={id} class="errors" role="alert">
      <ErrorLines errors={errors} />
    </div>
  );
}

export function ErrorLines({ errors }: { errors: Errors }) {
  return errors.map(({ message }, index) => (
    <p key={index}>
      <Marked text={message} />
    </p>
  ));
}
