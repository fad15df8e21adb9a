import { isMultipleChoice, isNull, kindOf } from "./field_kinds";
import { type Notation, notated, UNSET } from "./notation";
import { escaped, type Resolve, type Schema } from "./schema";

/**
 * Return what a field holds that was added while filling in: constants and declared defaults. The
 * kernel does the same for what is there from the beginning.
 */
export function blank(given: Schema, resolve: Resolve): Notation {
  const schema = resolve(given);
  const initial = given.initial ?? schema.initial;
  if (initial !== undefined) return notate(initial, schema, resolve);
  switch (kindOf(schema)) {
    case "const":
    case "null":
      return schema.const ?? null;
    case "object":
      return blankObject(schema, resolve);
    case "entries":
      return { $entries: [] };
    case "array":
      return isMultipleChoice(schema) ? [] : blankList(schema, resolve);
    default:
      return undefined;
  }
}

function blankObject(schema: Schema, resolve: Resolve): Notation {
  const record: Record<string, Notation> = {};
  for (const [name, one] of Object.entries(schema.properties ?? {})) {
    // An optional part that nobody asked for stays away.
    const wanted = schema.required?.includes(name) || one.initial !== undefined;
    const value = wanted ? blank(one, resolve) : undefined;
    if (value !== undefined) record[name] = value;
  }
  return record;
}

function blankList({ tuple = [], minItems = 0, item }: Schema, resolve: Resolve): Notation {
  const wanted = item ? Math.max(0, Math.min(minItems, 5) - tuple.length) : 0;
  return [...tuple, ...Array<Schema>(wanted).fill(item ?? {})].map(
    (one) => blank(one, resolve) ?? UNSET,
  );
}

/** Write a default, which is plain JSON, in form notation. */
function notate(json: unknown, schema: Schema, resolve: Resolve): Notation {
  switch (kindOf(schema)) {
    case "const":
    case "null":
    case "choice":
    case "boolean":
      return notated(json);
    case "decimal":
    case "integer":
    case "number":
      return { $number: String(json) };
    case "string":
      return String(json);
    case "bytes":
      return { $bytes: String(json) };
    case "object":
      return {
        ...(blankObject(schema, resolve) as object),
        ...notateEach(json as object, schema, resolve),
      };
    case "union":
      return notateBranch(json, schema.branches ?? [], resolve);
    case "array":
      return isMultipleChoice(schema)
        ? (json as unknown[]).map(notated)
        : notateItems(json as unknown[], schema, resolve);
    case "entries":
      return { $entries: notateEntries(json as object, schema.entries ?? {}, resolve) };
    default:
      return { $json: JSON.stringify(json) };
  }
}

function notateEach(
  json: object,
  { properties = {} }: Schema,
  resolve: Resolve,
): Record<string, Notation> {
  const pairs = Object.entries(json).map(([key, item]) => {
    const one = properties[escaped(key)];
    return [
      escaped(key),
      one ? notate(item, resolve(one), resolve) : { $json: JSON.stringify(item) },
    ];
  });
  return Object.fromEntries(pairs);
}

function notateBranch(json: unknown, branches: Schema[], resolve: Resolve): Notation {
  const found = branches.findIndex((one) => {
    const branch = resolve(one);
    return json === null ? isNull(branch) : branch.type === typeof json || branch.const === json;
  });
  // The kernel finds the branch of anything else.
  if (found < 0) return { $json: JSON.stringify(json) };
  return { $branch: found, value: notate(json, resolve(branches[found] ?? {}), resolve) };
}

function notateItems(
  json: unknown[],
  { tuple = [], item = {} }: Schema,
  resolve: Resolve,
): Notation[] {
  return json.map((one, index) => notate(one, resolve(tuple[index] ?? item), resolve));
}

function notateEntries(json: object, inside: Schema, resolve: Resolve): [string, Notation][] {
  return Object.entries(json).map(([key, one]) => [key, notate(one, resolve(inside), resolve)]);
}
