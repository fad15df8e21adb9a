/** A JSON Schema in the kernel's normal form, with what is ours to draw under names of our own. */
export interface Schema {
  [keyword: string]: unknown;
  $ref?: string;
  type?: string;
  title?: string;
  description?: string;
  format?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  const?: unknown;
  readOnly?: boolean;
  writeOnly?: boolean;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  multipleOf?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  /** `default`, for what is added while the form is filled in. */
  initial?: unknown;
  /** `enum`, or constants with words of their own. */
  options?: Option[];
  /** `anyOf` or `oneOf`. */
  branches?: Schema[];
  /** The values of a dict with keys of its own. */
  entries?: Schema;
  /** What an object may hold beside its properties. */
  others?: Schema;
  /** `items`, each like the others. */
  item?: Schema;
  /** `prefixItems`: one after the other. */
  tuple?: Schema[];
}

/** One value to choose. */
export interface Option {
  const: unknown;
  title: string;
  description?: string;
}

type Raw = Record<string, unknown>;

const KEPT = [
  "$ref",
  "type",
  "title",
  "description",
  "format",
  "const",
  "readOnly",
  "writeOnly",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "pattern",
  "minItems",
  "maxItems",
  "uniqueItems",
  "contentEncoding",
];

const MOST_KNOWN = 50;
const known = new Map<string, Schema>();
const preparedFrom = new WeakMap<object, Schema>();

/** Prepare a schema once, however often forms ask for it; what is returned must not be changed. */
export function prepared(given: object): Schema {
  const before = preparedFrom.get(given);
  if (before) return before;
  const schema = spelledAlike(JSON.stringify(given));
  preparedFrom.set(given, schema);
  return schema;
}

/** Prepare one for all schemas that say the same: each message brings its own. */
function spelledAlike(spelled: string): Schema {
  const found = known.get(spelled);
  if (found) return found;
  if (known.size >= MOST_KNOWN) known.clear();
  const schema = prepare(JSON.parse(spelled));
  known.set(spelled, schema);
  return schema;
}

/**
 * Rewrite a schema for drawing. The form library decides about objects and references; numbers,
 * unions, dicts, lists and defaults are ours, as only form notation keeps them exact and unset.
 */
export function prepare(given: unknown): Schema {
  if (typeof given !== "object" || given === null) return { type: "any" };
  const raw = given as Raw;
  const schema: Schema = Object.fromEntries(
    KEPT.filter((key) => key in raw).map((key) => [key, raw[key]]),
  );
  if ("default" in raw) schema.initial = raw.default;
  if (raw.$defs) schema.$defs = each(raw.$defs as Raw, (name) => name);
  Object.assign(
    schema,
    choices(raw),
    schema.type === "object" && record(raw),
    schema.type === "array" && list(raw),
  );
  if (!["$ref", "type", "const", "options", "branches"].some((key) => key in schema))
    schema.type = "any";
  return schema;
}

function each(table: Raw, rename: (name: string) => string): Record<string, Schema> {
  return Object.fromEntries(
    Object.entries(table).map(([name, one]) => [rename(name), prepare(one)]),
  );
}

function choices(raw: Raw): Partial<Schema> {
  const { enum: values } = raw;
  if (Array.isArray(values)) {
    return { options: values.map((value) => ({ const: value, title: spelled(value) })) };
  }
  const members = raw.anyOf ?? raw.oneOf;
  if (!Array.isArray(members) || "type" in raw) return {};
  if (members.every(isConstant)) {
    return { options: members.map((one) => ({ ...one, title: one.title ?? spelled(one.const) })) };
  }
  return { branches: members.map(prepare) };
}

function isConstant(one: unknown): one is Option {
  return typeof one === "object" && one !== null && "const" in one;
}

function record(raw: Raw): Partial<Schema> {
  const { properties, required, additionalProperties: others } = raw;
  if (!properties) return { entries: prepare(others) };
  const open = others !== undefined && others !== false;
  return {
    properties: named(each(properties as Raw, escaped)),
    required: Array.isArray(required) ? required.map(escaped) : [],
    ...(open && { others: prepare(others) }),
  };
}

/** Name properties that only refer to something else the way those beside them are named. */
function named(properties: Record<string, Schema>): Record<string, Schema> {
  const all = Object.entries(properties);
  const titled = all.some(([name, { title, $ref }]) => !$ref && title === humane(name));
  return Object.fromEntries(
    all.map(([name, one]) => [
      name,
      { ...one, title: one.title ?? (titled ? humane(name) : unescaped(name)) },
    ]),
  );
}

const INITIAL = /(?<![\p{L}\d])\p{L}/gu;

function humane(name: string): string {
  return unescaped(name)
    .replaceAll("_", " ")
    .replace(INITIAL, (letter) => letter.toUpperCase());
}

/** Follows references. */
export type Resolve = (schema: Schema) => Schema;

/** What a schema that only refers to one of its own definitions stands for. */
export function resolved(schema: Schema): Schema {
  const name = schema.$ref?.replace("#/$defs/", "").replaceAll("~1", "/").replaceAll("~0", "~");
  const found = (schema.$defs as Record<string, Schema> | undefined)?.[name ?? ""];
  return found ? { ...found, $defs: schema.$defs } : schema;
}

/** In form notation a property whose name begins with `$` has one `$` more. */
export function escaped(name: string): string {
  return name.startsWith("$") ? `$${name}` : name;
}

export function unescaped(name: string): string {
  return name.startsWith("$$") ? name.slice(1) : name;
}

function list(raw: Raw): Partial<Schema> {
  const { prefixItems: first, items } = raw;
  return {
    ...(Array.isArray(first) && { tuple: first.map(prepare) }),
    ...(items !== undefined && items !== false && { item: prepare(items) }),
  };
}

/** Say a constant that has no words of its own. */
export function spelled(value: unknown): string {
  return typeof value === "string" && value !== "" ? value : JSON.stringify(value);
}
