import type { TargetedInputEvent, TargetedKeyboardEvent } from "preact";
import { useRef, useState } from "preact/hooks";
import { ActionButton } from "../components/action_button";
import { ErrorList } from "../components/error_list";
import { isSubmitKey } from "../keyboard/submit_key";
import type { TextControl } from "../messages";
import type { ControlProps } from "./control_props";

const ROWS = { least: 2, most: 8 };
const MISSING = [{ message: ["Write an answer first."] }];

function rows(text: string): number {
  const lines = text.split("\n").length;
  return Math.min(ROWS.most, Math.max(ROWS.least, lines));
}

/** Write an answer. The text lives in the textarea alone and is read from there. */
export function TextForm(props: ControlProps<TextControl>) {
  const { control, id, draft, locked, status } = props;
  const field = useRef<HTMLTextAreaElement>(null);
  const [height, setHeight] = useState(rows(draft));
  const [written, setWritten] = useState(draft !== "");
  const [missing, setMissing] = useState(false);
  const errors = missing ? MISSING : props.errors;

  const submit = () => {
    const text = field.current?.value ?? "";
    if (text.trim() === "") {
      setMissing(true);
      field.current?.focus();
    } else props.submit({ text });
  };
  const input = (event: TargetedInputEvent<HTMLTextAreaElement>) => {
    const text = event.currentTarget.value;
    setHeight(rows(text));
    setWritten(text !== "");
    setMissing(false);
    props.write(text);
  };
  const key = (event: TargetedKeyboardEvent<HTMLTextAreaElement>) => {
    // A held key must not answer the question that comes next.
    if (!isSubmitKey(event) || event.repeat || event.isComposing) return;
    event.preventDefault();
    if (!locked) submit();
  };

  return (
    <>
      <div class="field">
        <label class="own" for={`${id}-field`}>
          answer
        </label>
        <textarea
          ref={field}
          id={`${id}-field`}
          rows={height}
          defaultValue={draft}
          readOnly={locked}
          aria-invalid={errors.length > 0}
          aria-describedby={`${id}-errors`}
          onInput={input}
          onKeyDown={key}
          onBlur={props.rest}
        />
        <ErrorList id={`${id}-errors`} errors={errors} />
      </div>
      <div class="actions">
        {status}
        {control.quick.map((text, index) => (
          <ActionButton
            key={index}
            class="quick"
            locked={locked || written}
            title={written ? "Clear the text to use a quick reply" : undefined}
            act={() => props.submit({ text })}
          >
            <bdi>{text}</bdi>
          </ActionButton>
        ))}
        <ActionButton locked={locked} shortcut="Control+Enter" act={submit}>
          Submit<kbd>Ctrl+Enter</kbd>
        </ActionButton>
      </div>
    </>
  );
}
