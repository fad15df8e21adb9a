import { useState } from "preact/hooks";
import { scores } from "../schema/field_kinds";
import { has } from "../schema/notation";
import type { Schema } from "../schema/schema";
import { isSecret } from "../schema/secrets";
import { Radios } from "./choice_field";
import type { FieldProps } from "./field_props";
import { TextBox } from "./text_box";

const LONG = 60;
const FINEST = 1000;

/** Text: on one line, or on several where there are or may be several. */
export function TextField(props: FieldProps) {
  const { schema, value, set } = props;
  const text = typeof value === "string" ? value : "";
  // A field does not change its kind while somebody types.
  const [lines] = useState(() => isProse(schema, text, props.path.length === 0));
  if (schema.format === "color") return <Colour {...props} text={text} />;
  return (
    <TextBox
      {...textBoxProps(props)}
      text={text}
      lines={lines}
      type={isSecret(schema) ? "password" : "text"}
      write={set}
    />
  );
}

function isProse(schema: Schema, text: string, whole: boolean): boolean {
  const { format, maxLength } = schema;
  if (isSecret(schema) || format === "color") return false;
  if (format === "textarea" || text.includes("\n") || text.includes("\r") || text.length > LONG)
    return true;
  return whole ? !maxLength || maxLength > LONG : (maxLength ?? 0) > 200;
}

/** A colour in words, and the browser's own way to find one, which cannot be unset. */
function Colour(props: FieldProps & { text: string }) {
  const { text, name, locked, set } = props;
  return (
    <div class="beside">
      <TextBox
        {...textBoxProps(props)}
        text={text}
        class="number"
        hint="#336699"
        write={(next) => set(next || undefined)}
      />
      <input
        type="color"
        value={/^#[0-9a-f]{6}$/i.test(text) ? text : "#808080"}
        disabled={locked}
        aria-label={`${name}, picker`}
        onInput={(event) => set(event.currentTarget.value)}
      />
    </div>
  );
}

export function textBoxProps({ id, name, described, invalid, locked, required, rest }: FieldProps) {
  return { id, label: name, described, invalid, locked, required, rest };
}

/** A number as the text it is written in, so that nothing of it is lost. */
export function NumberField(props: FieldProps) {
  const { schema, value, set } = props;
  const text = has(value, "$number") ? String(value.$number) : "";
  const write = (next: string) => set(next.trim() === "" ? undefined : { $number: next });
  const secret = isSecret(schema);
  const few = secret ? null : scores(schema);
  // A field does not become buttons while somebody types.
  const [buttons] = useState(() => text.trim() === "" || few?.includes(Number(text)));
  if (few && buttons) {
    const options = few.map((one) => ({ const: one, title: String(one) }));
    return <Radios {...props} options={options} inline />;
  }
  const mode = schema.type === "integer" ? "numeric" : "decimal";
  const type = secret ? "password" : "text";
  const box = (
    <TextBox
      {...textBoxProps(props)}
      text={text}
      type={type}
      mode={mode}
      class="number"
      write={write}
    />
  );
  if (secret || !hasSlider(schema)) return box;
  return <Slider {...props} text={text} write={write} box={box} />;
}

function step({ type, multipleOf, minimum = 0, maximum = 0 }: Schema): number {
  return multipleOf ?? (type === "integer" ? 1 : (maximum - minimum) / 100);
}

function hasSlider(schema: Schema): boolean {
  const { format, minimum, maximum } = schema;
  if (format === "decimal" || minimum === undefined || maximum === undefined) return false;
  return maximum > minimum && (maximum - minimum) / step(schema) <= FINEST;
}

interface SliderProps extends FieldProps {
  text: string;
  write(text: string): void;
  box: preact.ComponentChild;
}

/** A slider beside the number; while there is none, it says so and stands at neither end. */
function Slider({ schema, text, name, locked, write, box }: SliderProps) {
  const { minimum = 0, maximum = 1 } = schema;
  const known = text !== "" && Number.isFinite(Number(text));
  const shown = known ? Number(text) : (minimum + maximum) / 2;
  return (
    <div class="beside">
      {box}
      <input
        type="range"
        class={known ? "" : "unset"}
        min={minimum}
        max={maximum}
        step={step(schema)}
        value={shown}
        disabled={locked}
        aria-label={`${name}, slider`}
        aria-valuetext={known ? undefined : "not set"}
        onInput={(event) => write(trimmed(event.currentTarget.value))}
      />
    </div>
  );
}

// A hundredth of the range may have more digits than anybody means.
function trimmed(text: string): string {
  return String(Number(Number(text).toPrecision(12)));
}

/** JSON, for what no schema describes. */
export function JsonField(props: FieldProps) {
  const { value, set, id, described } = props;
  const text = has(value, "$json") ? String(value.$json) : "";
  const [complaint, setComplaint] = useState("");
  const write = (next: string) => {
    setComplaint("");
    set(next.trim() === "" ? undefined : { $json: next });
  };
  const noted = `${id}-json`;
  return (
    <>
      <TextBox
        {...textBoxProps(props)}
        described={[described, noted].filter(Boolean).join(" ")}
        text={text}
        lines={!isSecret(props.schema)}
        type={isSecret(props.schema) ? "password" : "text"}
        class="code"
        hint={'JSON, such as "text", 12 or {"key": true}'}
        write={write}
        rest={() => {
          setComplaint(problem(text));
          props.rest();
        }}
      />
      <p id={noted} class="note kept" role="status">
        {complaint}
      </p>
    </>
  );
}

function problem(text: string): string {
  if (text.trim() === "") return "";
  try {
    JSON.parse(text);
    return "";
  } catch {
    const quoted = /^[\p{L}_][^"{}[\]]*$/u.test(text.trim());
    return quoted
      ? 'This is not JSON yet: text stands in double quotes, such as "text".'
      : "This is not JSON yet: check its quotes, commas and brackets.";
  }
}
