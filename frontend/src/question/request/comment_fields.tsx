import type { ComponentChildren } from "preact";
import { FieldErrors, HiddenCharacters, Required } from "../../fields/field_layout";
import { TextBox } from "../../fields/text_box";
import type { FieldError, RequestControl } from "../../messages";
import { Marked, plain } from "../../text/marked_text";
import type { Reply } from "./reply";

interface CommentFieldsProps {
  control: RequestControl;
  id: string;
  reply: { readonly current: Reply };
  errors: readonly FieldError[];
  locked: boolean;
  update(reply: Reply, touched: readonly string[]): void;
  rest(): void;
}

type Word = "comment" | "phrase" | "reviewer";

/** The fields beside the parts: a phrase to type, a comment, the name to answer under. */
export function CommentFields(props: CommentFieldsProps) {
  const { control } = props;
  const needing = control.actions.filter(({ words }) => words === "required");
  const names = needing.map(({ label }) => plain(label)).join(", ");
  return (
    <>
      {control.phrase && (
        <WordField {...props} word="phrase">
          type{" "}
          <strong>
            <Marked text={control.phrase} />
          </strong>
        </WordField>
      )}
      {control.comment && (
        <WordField
          {...props}
          word="comment"
          lines
          required={needing.length === control.actions.length}
          hint={names && `needed for ${names}`}
        >
          <Marked text={control.comment} />
        </WordField>
      )}
      {control.reviewer !== null && (
        <WordField {...props} word="reviewer" required>
          your name
        </WordField>
      )}
    </>
  );
}

interface WordFieldProps extends CommentFieldsProps {
  word: Word;
  lines?: boolean;
  required?: boolean;
  hint?: string;
  children: ComponentChildren;
}

function WordField({
  id,
  reply,
  errors,
  locked,
  update,
  rest,
  word,
  lines = false,
  required = false,
  hint = "",
  children,
}: WordFieldProps) {
  const text = reply.current[word];
  const wrong = errors.filter(({ path }) => path.length === 1 && path[0] === word);
  const field = `${id}-${word}`;
  return (
    <div class={`field ${word}`}>
      <label class="own" for={`${field}-field`}>
        {children}
        {required && <Required />}
      </label>
      <div class="control">
        <TextBox
          id={`${field}-field`}
          text={text}
          lines={lines}
          required={required}
          hint={required ? "" : hint}
          locked={locked}
          invalid={wrong.length > 0}
          described={wrong.length > 0 ? `${field}-errors` : undefined}
          write={(next) => update({ ...reply.current, [word]: next }, [word])}
          rest={rest}
        />
        <HiddenCharacters text={text} />
        <FieldErrors id={field} errors={wrong} />
      </div>
    </div>
  );
}
