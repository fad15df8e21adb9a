import { branchOf, entriesOf, get, has, isUnset, type Notation, type Path } from "./notation";
import { type Resolve, resolved, type Schema } from "./schema";

/** As long for every secret. */
export const MASK = "•".repeat(8);

export function isSecret({ writeOnly, format }: Schema): boolean {
  return writeOnly === true || format === "password";
}

const speaking = new WeakMap<Schema, boolean>();

/** Find the places of a value that its schema calls secret, whether or not they are drawn. */
export function secretsIn(schema: Schema, value: Notation): Path[] {
  // Asked at every keystroke; a schema that was prepared stays as it is, so this is remembered.
  const speaks = speaking.get(schema) ?? speaksOfSecrets(schema);
  speaking.set(schema, speaks);
  if (!speaks) return [];
  const resolve: Resolve = (one) => resolved({ ...one, $defs: schema.$defs });
  return [...found(schema, value, resolve, [])];
}

/** Whether there is a secret in a schema, or in what it refers to. */
export function speaksOfSecrets(schema: Schema, resolve: Resolve = (one) => one): boolean {
  const seen = new Set<unknown>();
  const speaks = (one: unknown): boolean => {
    if (typeof one !== "object" || one === null || seen.has(one)) return false;
    seen.add(one);
    const { $ref } = one as Schema;
    // What is resolved may be new each time, so that it is known by its reference.
    if ($ref !== undefined && !seen.has($ref)) {
      seen.add($ref);
      if (speaks(resolve(one as Schema))) return true;
    }
    return isSecret(one as Schema) || Object.values(one).some(speaks);
  };
  return speaks(schema);
}

function* found(given: Schema, value: Notation, resolve: Resolve, path: Path): Generator<Path> {
  if (isUnset(value) || value === null) return;
  let schema = given;
  let secret = isSecret(schema);
  for (let steps = 0; schema.$ref && steps < 20; steps += 1) {
    schema = resolve(schema);
    secret ||= isSecret(schema);
  }
  const branch = branchOf(value);
  if (branch !== null) {
    const inside = schema.branches?.[branch] ?? {};
    const hidden = secret ? { ...inside, writeOnly: true } : inside;
    yield* found(hidden, get(value, ["value"]), resolve, [...path, "value"]);
  } else if (secret || (has(value, "$json") && speaksOfSecrets(schema, resolve))) {
    yield path;
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const inside = schema.tuple?.[index] ?? schema.item ?? {};
      yield* found(inside, item, resolve, [...path, index]);
    }
  } else if (typeof value === "object") {
    for (const [name, inside] of Object.entries(schema.properties ?? {})) {
      yield* found(inside, get(value, [name]), resolve, [...path, name]);
    }
    const others = schema.entries ?? schema.others ?? {};
    for (const [index, [, item]] of entriesOf(value).entries()) {
      yield* found(others, item, resolve, [...path, "$entries", index, 1]);
    }
  }
}
