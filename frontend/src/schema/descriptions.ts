import { isDateOrTime, kindOf, scores } from "./field_kinds";
import type { Schema } from "./schema";

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
export function branchName(schema: Schema): string {
  if (schema.title) return schema.title;
  if ("const" in schema) return String(schema.const);
  const tag = Object.values(schema.properties ?? {}).find((one) => "const" in one);
  if (tag) return String(tag.const);
  if (schema.options) return "one of a choice";
  if (isDateOrTime(schema)) {
    return schema.format === "date-time" ? "date and time" : (schema.format ?? "");
  }
  switch (kindOf(schema)) {
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
