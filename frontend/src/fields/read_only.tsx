import { equal, get, has, isUnset, type Notation, notated } from "../schema/notation";
import { type Schema, spelled } from "../schema/schema";
import { isSecret, MASK } from "../schema/secrets";
import { show } from "../text/hidden_characters";
import { Marked } from "../text/marked_text";

/** A value to be read. */
export function ReadOnly({ value, schema }: { value: Notation; schema: Schema }) {
  const text = valueText(value, schema);
  if (text === null) return <span class="faint">not set</span>;
  if (text === "") return <span class="faint">empty</span>;
  return (
    <div class={has(value, "$json") ? "value code" : "value"}>
      <Marked text={show(text)} />
    </div>
  );
}

/** Write any value as text; null if there is none. */
export function valueText(value: Notation, schema: Schema = {}): string | null {
  if (isUnset(value)) return null;
  const option = schema.options?.find((one) => equal(notated(one.const), value));
  if (option) return option.title;
  if (value === null) return "none";
  if (isSecret(schema)) return MASK;
  if (has(value, "$number")) return String(value.$number);
  if (has(value, "$json")) return String(value.$json);
  if (has(value, "$bytes")) return String(get(value, ["name"]) ?? value.$bytes);
  if (has(value, "$branch")) return valueText(get(value, ["value"]));
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.map((item) => valueText(item) ?? "not set").join(", ");
  return typeof value === "string" ? value : spelled(value);
}
