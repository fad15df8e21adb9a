import type { ComponentChildren } from "preact";
import { Box } from "../fields/box";
import { Hidden, Wrong } from "../fields/frame";
import type { FieldError } from "../messages";
import { Marked } from "../text";
import type { Control, Reply } from "./reply";

interface BesideProps {
  control: Control;
  id: string;
  reply: { readonly current: Reply };
  errors: readonly FieldError[];
  locked: boolean;
  update(reply: Reply, touched: readonly string[]): void;
  rest(): void;
}

type Word = "comment" | "phrase" | "reviewer";

/** The fields beside the parts: a phrase to type, a comment, the name to answer under. */
export function Beside(props: BesideProps) {
  const { control } = props;
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
        <WordField {...props} word="comment" lines>
          <Marked text={control.comment} />
        </WordField>
      )}
      {control.reviewer !== null && (
        <WordField {...props} word="reviewer">
          your name
        </WordField>
      )}
    </>
  );
}

interface WordFieldProps extends BesideProps {
  word: Word;
  lines?: boolean;
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
  lines,
  children,
}: WordFieldProps) {
  const text = reply.current[word];
  const wrong = errors.filter(({ path }) => path.length === 1 && path[0] === word);
  const field = `${id}-${word}`;
  return (
    <div class={`field ${word}`}>
      <label class="own" for={`${field}-field`}>{children}</label>
      <div class="control">
        <Box
          id={`${field}-field`}
          text={text}
          lines={lines ?? false}
          locked={locked}
          invalid={wrong.length > 0}
          described={wrong.length > 0 ? `${field}-errors` : undefined}
          write={(next) => update({ ...reply.current, [word]: next }, [word])}
          rest={rest}
        />
        <Hidden text={text} />
        <Wrong id={field} errors={wrong} />
      </div>
    </div>
  );
}
