import { diffWordsWithSpace } from "diff";
import { useMemo } from "preact/hooks";
import { Differences } from "../../evidence/differences";
import { valueText } from "../../fields/read_only";
import type { Difference } from "../../messages";
import {
  entriesOf,
  equal,
  get,
  has,
  isUnset,
  type Notation,
  type Path,
  put,
} from "../../schema/notation";
import { type Schema, unescaped } from "../../schema/schema";
import { MASK, secretsIn } from "../../schema/secrets";
import { show } from "../../text/hidden_characters";

const MOST = 20_000;
const NEAR = 100;

interface EditDifferencesProps {
  schema: Schema;
  before: Notation;
  after: Notation;
}

/** What was proposed beside what it is now: words of a text, fields of a structure. */
export function EditDifferences({ schema, before, after }: EditDifferencesProps) {
  const differences = useMemo(
    () => compare(...masked(schema, before, after)),
    [schema, before, after],
  );
  return <Differences differences={differences} />;
}

/** Put marks in place of secrets, which say whether one is another now. */
function masked(schema: Schema, before: Notation, after: Notation): [Notation, Notation] {
  const mark = (path: Path) => {
    const was = get(before, path);
    return isUnset(was) || equal(was, get(after, path)) ? MASK : `${MASK} changed`;
  };
  return [
    secretsIn(schema, before).reduce((kept, path) => put(kept, path, MASK), before),
    secretsIn(schema, after).reduce((kept, path) => put(kept, path, mark(path)), after),
  ];
}

export function compare(before: Notation, after: Notation): Difference[] {
  const [old, now] = [leaves(before), leaves(after)];
  const names = [...new Set([...old.keys(), ...now.keys()])];
  return names.flatMap((name) => {
    const [was, is] = [old.get(name), now.get(name)];
    return was === is ? [] : [{ path: show(name), runs: runs(was, is) }];
  });
}

/** Name every single value inside a value. */
function leaves(
  value: Notation,
  path = "",
  found = new Map<string, string>(),
): Map<string, string> {
  const inside = children(value);
  if (inside && inside.length > 0) {
    for (const [name, child] of inside) leaves(child, path ? `${path} › ${name}` : name, found);
  } else if (!isUnset(value)) {
    found.set(path, inside ? "empty" : (valueText(value) ?? ""));
  }
  return found;
}

function children(value: Notation): [string, Notation][] | null {
  if (Array.isArray(value)) return value.map((item, index) => [String(index + 1), item]);
  if (has(value, "$branch")) return children(get(value, ["value"]));
  if (typeof value !== "object" || value === null || isScalar(value)) return null;
  const own = Object.entries(value).filter(([name]) => name !== "$entries");
  return [
    ...own.map(([name, item]): [string, Notation] => [unescaped(name), item]),
    ...entriesOf(value),
  ];
}

function isScalar(value: object): boolean {
  return ["$number", "$json", "$bytes", "$unset"].some((key) => key in value);
}

function runs(was: string | undefined, is: string | undefined): Difference["runs"] {
  const whole: Difference["runs"] = [];
  if (was === undefined || is === undefined || !isProse(was, is)) {
    if (was !== undefined) whole.push({ what: "removed", text: show(was) });
    if (is !== undefined) whole.push({ what: "added", text: show(is) });
    return whole;
  }
  return diffWordsWithSpace(was, is).map(({ value, added, removed }) => ({
    what: added ? "added" : removed ? "removed" : "same",
    text: show(added || removed ? value : shortened(value)),
  }));
}

/** What stayed is in the field above; here it only says where an edit is. */
function shortened(text: string): string {
  const kept = [...text];
  return kept.length <= 3 * NEAR
    ? text
    : `${kept.slice(0, NEAR).join("")} … ${kept.slice(-NEAR).join("")}`;
}

/** Of single words and of very long texts the whole is compared. */
function isProse(was: string, is: string): boolean {
  return /\s/.test(was) && /\s/.test(is) && was.length + is.length < MOST;
}
