import type { Schema } from "./schema";

/** How a value is filled in. */
export type Kind =
  | "const"
  | "choice"
  | "yes or no"
  | "number"
  | "text"
  | "moment"
  | "bytes"
  | "json"
  | "choices"
  | "list"
  | "entries"
  | "object"
  | "union";

const BYTES = ["binary", "byte", "base64", "base64url"];
const MOST_STEPS = 10;
const MOMENTS = ["date", "time", "date-time"];

export function kindOf(schema: Schema): Kind {
  if ("const" in schema || schema.type === "null") return "const";
  if (schema.options) return "choice";
  if (schema.branches) return "union";
  switch (schema.type) {
    case "boolean":
      return "yes or no";
    case "integer":
    case "number":
      return "number";
    case "array":
      return schema.item?.options && schema.uniqueItems ? "choices" : "list";
    case "object":
      return schema.entries ? "entries" : "object";
    case "string":
      return kindOfText(schema);
    default:
      return "json";
  }
}

function kindOfText({ format = "", contentEncoding = "" }: Schema): Kind {
  if (BYTES.includes(format) || String(contentEncoding).startsWith("base64")) return "bytes";
  return MOMENTS.includes(format) ? "moment" : "text";
}

/** Whole numbers few enough to stand beside each other. */
export function scores({ type, minimum, maximum, multipleOf }: Schema): number[] | null {
  if (type !== "integer" || minimum === undefined || maximum === undefined || multipleOf)
    return null;
  if (maximum - minimum > MOST_STEPS || maximum < minimum) return null;
  return Array.from({ length: maximum - minimum + 1 }, (_, index) => minimum + index);
}

/** As long for every secret. */
export const MASK = "•".repeat(8);

export function isSecret({ writeOnly, format }: Schema): boolean {
  return writeOnly === true || format === "password";
}

export function isNull(schema: Schema): boolean {
  return schema.type === "null" || ("const" in schema && schema.const === null);
}

const TYPES: Record<string, string> = {
  string: "text",
  integer: "whole number",
  number: "number",
  boolean: "yes or no",
  array: "list",
  object: "record",
  null: "none",
};

/** Say which branch of a union this is. */
export function nameOf(schema: Schema): string {
  if (schema.title) return schema.title;
  if ("const" in schema) return String(schema.const);
  const tag = Object.values(schema.properties ?? {}).find((one) => "const" in one);
  if (tag) return String(tag.const);
  if (schema.options) return "one of a choice";
  switch (kindOf(schema)) {
    case "moment":
      return schema.format === "date-time" ? "date and time" : (schema.format ?? "");
    case "bytes":
      return "file";
    case "entries":
      return "dict";
    default:
      return TYPES[schema.type ?? ""] ?? "anything";
  }
}

/** Say in words what a value has to be like. */
export function hint(schema: Schema): string {
  if ("const" in schema || schema.options || schema.branches || scores(schema)) return "";
  return [between(schema), size(schema), ...manner(schema)].filter(Boolean).join(", ");
}

function between({
  minimum,
  maximum,
  exclusiveMinimum,
  exclusiveMaximum,
  multipleOf,
}: Schema): string {
  const low = minimum ?? exclusiveMinimum;
  const high = maximum ?? exclusiveMaximum;
  const step = multipleOf === undefined ? "" : ` in steps of ${multipleOf}`;
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}${step}`;
  const parts = [
    low === undefined ? "" : `${minimum === undefined ? "more than" : "at least"} ${low}`,
    high === undefined ? "" : `${maximum === undefined ? "less than" : "at most"} ${high}`,
  ];
  return `${parts.filter(Boolean).join(" and ")}${step}`.trim();
}

function size({ type, minLength, maxLength, minItems, maxItems }: Schema): string {
  const items = type === "array";
  const [low = 0, high] = items ? [minItems, maxItems] : [minLength, maxLength];
  const many = (count: number) =>
    `${count} ${items ? "item" : "character"}${count === 1 ? "" : "s"}`;
  if (low === high) return `exactly ${many(low)}`;
  if (high !== undefined) return low > 1 ? `${low} to ${many(high)}` : `at most ${many(high)}`;
  return low > (items ? 0 : 1) ? `at least ${many(low)}` : "";
}

const MANNERS: Record<string, string> = {
  email: "an email address",
  uri: "a web address",
  uuid: "a UUID",
  duration: "a duration such as PT1H30M",
};

function manner({ pattern, format = "", type, uniqueItems, item }: Schema): string[] {
  return [
    pattern && type === "string" ? `like ${pattern}` : "",
    MANNERS[format] ?? "",
    uniqueItems && !item?.options ? "each only once" : "",
  ];
}
