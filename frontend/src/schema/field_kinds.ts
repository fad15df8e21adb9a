import type { Schema } from "./schema";

/**
 * The kinds of field: how a value is held, filled in and written. The kernel's `FieldKind` has the
 * same words in the same order; a test compares them.
 */
export const FIELD_KINDS = [
  "any",
  "array",
  "boolean",
  "bytes",
  "choice",
  "const",
  "decimal",
  "entries",
  "integer",
  "null",
  "number",
  "object",
  "string",
  "union",
] as const;

export type FieldKind = (typeof FIELD_KINDS)[number];

const BYTES = ["binary", "byte", "base64", "base64url"];
const MOST_STEPS = 10;
const DATES_AND_TIMES = ["date", "time", "date-time"];

export function kindOf(schema: Schema): FieldKind {
  if ("const" in schema) return "const";
  if (schema.type === "null") return "null";
  if (schema.options) return "choice";
  if (schema.branches) return "union";
  switch (schema.type) {
    case "number":
      return schema.format === "decimal" ? "decimal" : "number";
    case "object":
      return schema.entries ? "entries" : "object";
    case "string":
      return isBytes(schema) ? "bytes" : "string";
    case "array":
    case "boolean":
    case "integer":
      return schema.type;
    default:
      return "any";
  }
}

function isBytes({ format = "", contentEncoding = "" }: Schema): boolean {
  return BYTES.includes(format) || String(contentEncoding).startsWith("base64");
}

/** Whether a string is a date, a time or both, which the browser has fields for. */
export function isDateOrTime(schema: Schema): boolean {
  return kindOf(schema) === "string" && DATES_AND_TIMES.includes(schema.format ?? "");
}

/** Whether an array is several different options of one choice: boxes to tick, not rows. */
export function isMultipleChoice(schema: Schema): boolean {
  const { item, uniqueItems } = schema;
  return kindOf(schema) === "array" && item?.options !== undefined && uniqueItems === true;
}

/** Whether a value has fields inside. */
export function isGroup(schema: Schema): boolean {
  const kind = kindOf(schema);
  if (kind === "array") return !isMultipleChoice(schema);
  return kind === "object" || kind === "entries" || kind === "union";
}

/** Whether there is nothing to fill in. */
export function isConstant(kind: FieldKind): kind is "const" | "null" {
  return kind === "const" || kind === "null";
}

/** Whole numbers few enough to stand beside each other. */
export function scores({ type, minimum, maximum, multipleOf }: Schema): number[] | null {
  if (type !== "integer" || minimum === undefined || maximum === undefined || multipleOf)
    return null;
  if (maximum - minimum > MOST_STEPS || maximum < minimum) return null;
  return Array.from({ length: maximum - minimum + 1 }, (_, index) => minimum + index);
}

export function isNull(schema: Schema): boolean {
  return schema.type === "null" || ("const" in schema && schema.const === null);
}
