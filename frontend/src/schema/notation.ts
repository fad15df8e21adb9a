import { unescaped } from "./schema";

/** Values as the kernel's `forms.notation` describes form notation. */
export type Notation = unknown;
export type Path = readonly (string | number)[];

export const UNSET = { $unset: true };

export function isUnset(value: Notation): boolean {
  return value === undefined || has(value, "$unset");
}

export function has<Key extends string>(value: Notation, key: Key): value is Record<Key, unknown> {
  return typeof value === "object" && value !== null && key in value;
}

export function get(value: Notation, path: Path): Notation {
  return path.reduce<Notation>(
    (at, key) =>
      typeof at === "object" && at !== null
        ? (at as Record<string | number, unknown>)[key]
        : undefined,
    value,
  );
}

/** Return a copy with the value at `path` replaced; undefined takes a property away. */
export function put(value: Notation, path: Path, item: Notation): Notation {
  const [key, ...rest] = path;
  if (key === undefined) return item;
  if (Array.isArray(value)) {
    const items: Notation[] = [...value];
    while (items.length < Number(key)) items.push(UNSET);
    const next = put(items[Number(key)], rest, item);
    items[Number(key)] = next === undefined ? UNSET : next;
    return items;
  }
  const record = { ...(isUnset(value) ? {} : (value as Record<string, unknown>)) };
  const next = put(record[key], rest, item);
  if (next === undefined) delete record[key];
  else record[key] = next;
  return record;
}

export function equal(one: Notation, other: Notation): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || !one || !other) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => key in other && equal(get(one, [key]), get(other, [key])));
}

/** Whether two records differ in one property alone, which has a way back of its own. */
export function isInside(one: Notation, other: Notation): boolean {
  if (!isRecord(one) || !isRecord(other)) return false;
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  const different = keys.filter((key) => !equal(one[key], other[key]));
  return different.length === 1 && !/^\$(?!\$)/.test(different[0] ?? "");
}

function isRecord(value: Notation): value is Record<string, Notation> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Write a constant: numbers are kept as they are written. */
export function notated(value: unknown): Notation {
  return typeof value === "number" ? { $number: String(value) } : value;
}

/** The chosen branch of a union. */
export function branchOf(value: Notation): number | null {
  return has(value, "$branch") && typeof value.$branch === "number" ? value.$branch : null;
}

/** The rows of a dict. */
export function entriesOf(value: Notation): [string, Notation][] {
  return has(value, "$entries") && Array.isArray(value.$entries) ? value.$entries : [];
}

/**
 * Translate a place in form notation to the keys and places that errors name: a union adds
 * nothing, and an entry of a dict is known by its index.
 */
export function errorPath(value: Notation, path: Path): Path {
  const found: (string | number)[] = [];
  let at = value;
  for (let index = 0; index < path.length; index += 1) {
    const key = path[index] ?? "";
    if (key === "$entries") {
      // The row, and in it the key or the value.
      const row = path.slice(index + 1, index + 3);
      if (row[0] !== undefined) found.push(row[0]);
      at = get(at, [key, ...row]);
      index += row.length;
      continue;
    }
    if (branchOf(at) === null) found.push(typeof key === "string" ? unescaped(key) : key);
    at = get(at, [key]);
  }
  return found;
}
