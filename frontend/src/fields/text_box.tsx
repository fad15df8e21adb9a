import { useLayoutEffect, useRef } from "preact/hooks";
import type { FieldProps } from "./field_props";

export interface TextBoxProps extends Pick<FieldProps, "id" | "described" | "invalid" | "locked"> {
  /** Where no label element names it. */
  label?: string | undefined;
  text: string;
  type?: "text" | "password" | "date" | "time" | "datetime-local";
  lines?: boolean;
  mode?: "numeric" | "decimal";
  hint?: string;
  class?: string;
  required?: boolean;
  write(text: string, field: HTMLInputElement | HTMLTextAreaElement): void;
  rest(): void;
}

/**
 * A field for text. What stands in it is the truth until somebody else changes the value, so that
 * no drawing comes in the way of typing.
 */
export function TextBox(props: TextBoxProps) {
  const { text, lines = false, locked, write } = props;
  const field = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  const origin = useRef(text);
  useLayoutEffect(() => {
    const element = field.current;
    if (!element || element.value === unix(text)) return;
    element.value = text;
    origin.current = text;
  }, [text]);
  const shared = {
    ref: field,
    id: props.id,
    class: props.class,
    readOnly: locked,
    placeholder: props.hint,
    spellcheck: lines,
    autocomplete: "off",
    "aria-label": props.label,
    "aria-required": props.required || undefined,
    "aria-invalid": props.invalid,
    "aria-describedby": props.described,
    onInput: () =>
      field.current && write(asBefore(origin.current, field.current.value), field.current),
    onBlur: props.rest,
  };
  if (lines) return <textarea rows={2} {...shared} />;
  const type = (props.type ?? "text") as "text";
  return <input type={type} inputMode={props.mode} {...shared} />;
}

/** The browser knows one kind of line end; what came with another keeps it. */
function asBefore(origin: string, typed: string): string {
  if (typed === unix(origin)) return origin;
  const windows = origin.includes("\r\n") && !/(?<!\r)\n|\r(?!\n)/.test(origin);
  return windows ? typed.replaceAll("\n", "\r\n") : typed;
}

function unix(text: string): string {
  return text.replace(/\r\n?/g, "\n");
}
