import { useState } from "preact/hooks";
import { OneTimeButton } from "./field_layout";
import type { FieldProps } from "./field_props";
import { textBoxProps } from "./scalar_fields";
import { TextBox } from "./text_box";

type Native = "date" | "time" | "datetime-local";

const NATIVE: Record<Native, RegExp> = {
  date: /^\d{4}-\d\d-\d\d$/,
  time: /^\d\d:\d\d(:\d\d(\.\d{1,3})?)?$/,
  "datetime-local": /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,3})?)?$/,
};
const OFFSET = /(Z|[+-]\d\d:?\d\d)$/i;

/** A date, a time or both, with its offset from UTC as it was written. */
export function DateTimeField(props: FieldProps) {
  const { schema, value, set, id, name } = props;
  const text = typeof value === "string" ? value : "";
  const type = typeOf(schema);
  const [initial] = useState(text);
  const [moment] = split(initial, type);
  // The browser's own field cannot hold every moment, such as one of microseconds.
  const [native, setNative] = useState(moment === "" || NATIVE[type].test(moment));
  if (!native) {
    return (
      <TextBox {...textBoxProps(props)} text={text} write={(next) => set(next || undefined)} />
    );
  }
  const box = <NativeField id={id} name={name} type={type} text={text} field={props} />;
  if (type === "date") return box;
  return (
    <div class="beside">
      {box}
      <OneTimeButton
        within={id}
        locked={props.locked}
        word="as text"
        label={`${name} as text`}
        act={() => setNative(false)}
      />
    </div>
  );
}

function typeOf({ format }: FieldProps["schema"]): Native {
  if (format === "date-time") return "datetime-local";
  return format === "time" ? "time" : "date";
}

function split(text: string, type: Native): [moment: string, offset: string] {
  const offset = type === "date" ? "" : (OFFSET.exec(text)?.[0] ?? "");
  return [text.slice(0, text.length - offset.length), offset];
}

interface NativeFieldProps {
  id: string;
  name: string;
  type: Native;
  text: string;
  field: FieldProps;
}

function NativeField({ id, name, type, text, field }: NativeFieldProps) {
  const [moment, offset] = split(text, type);
  const [typed, setTyped] = useState(offset);
  // Without a moment there is nowhere else to keep an offset.
  const zone = moment === "" ? typed : offset;
  const write = (next: string, element: HTMLInputElement | HTMLTextAreaElement) => {
    // Half a date has no value yet; it must not pass for none.
    if (next === "") field.set(element.validity?.badInput ? "?" : undefined);
    else field.set(next + zone);
  };
  const writeZone = (next: string) => {
    setTyped(next.trim());
    if (moment !== "") field.set(moment + next.trim());
  };
  const box = (
    <TextBox
      {...textBoxProps(field)}
      id={id}
      type={type}
      text={moment === "?" ? "" : moment}
      write={write}
    />
  );
  if (type !== "datetime-local" && zone === "") return box;
  return (
    <>
      {box}
      <TextBox
        id={`${id}-offset`}
        label={`${name}, offset from UTC`}
        class="offset"
        described={undefined}
        invalid={false}
        locked={field.locked}
        text={zone}
        hint="offset, +02:00"
        rest={field.rest}
        write={writeZone}
      />
    </>
  );
}
