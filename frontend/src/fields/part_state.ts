import { createContext } from "preact";
import { useContext, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { FieldError } from "../messages";
import {
  branchOf,
  equal,
  errorPath,
  get,
  has,
  isUnset,
  type Notation,
  type Path,
} from "../schema/notation";

export interface PartFacts {
  id: string;
  name: string;
  /** Whether that is a word of ours, and not what somebody called it. */
  own: boolean;
  /** Whether its one field carries that name as a label. */
  labelled: boolean;
  value: Notation;
  initial: Notation;
  errors: readonly FieldError[];
  /** An answer is on its way: readable, not to be changed. */
  locked: boolean;
  editable: boolean | readonly string[];
  ids: Map<string, string>;
  set(path: Path, value: Notation): void;
  rest(): void;
}

/**
 * What the fields of one part share: its value, what is wrong with it, and how to change it. It
 * stays the same object, so that a keystroke draws only the fields that it is about.
 */
export class PartState {
  private readonly listeners = new Set<() => void>();
  /** Changes when something does that may concern any field. */
  edition = 0;

  constructor(private facts: PartFacts) {}

  /** Take in how the part is now, and tell the fields. */
  take(facts: PartFacts): void {
    const before = this.facts;
    this.facts = facts;
    const shared = [
      "id",
      "name",
      "own",
      "labelled",
      "initial",
      "errors",
      "locked",
      "editable",
    ] as const;
    if (shared.some((name) => !equal(before[name], facts[name]))) this.edition += 1;
    else if (before.value === facts.value) return;
    for (const listener of this.listeners) listener();
  }

  listen(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  get name(): string {
    return this.facts.name;
  }

  get own(): boolean {
    return this.facts.own;
  }

  get labelled(): boolean {
    return this.facts.labelled;
  }

  get locked(): boolean {
    return this.facts.locked;
  }

  get(path: Path): Notation {
    return get(this.facts.value, path);
  }

  set(path: Path, value: Notation): void {
    this.facts.set(path, value);
  }

  readonly rest = (): void => this.facts.rest();

  /** An id without spaces, as lists of ids are separated by them. */
  idOf(path: Path): string {
    const key = JSON.stringify(path);
    const known = this.facts.ids.get(key) ?? `${this.facts.id}-${this.facts.ids.size}`;
    this.facts.ids.set(key, known);
    return known;
  }

  /** Whether a place is shown, and not to be edited. */
  fixed(path: Path): boolean {
    if (typeof this.facts.editable === "boolean") return !this.facts.editable;
    const [first] = errorPath(this.facts.value, path);
    return first !== undefined && !this.facts.editable.includes(String(first));
  }

  /** What is wrong at a place and below it, but for what a field of its own shows. */
  errorsAt(path: Path, children?: readonly (string | number)[]): FieldError[] {
    const at = errorPath(this.facts.value, path);
    const shownBelow = new Set(children?.map(String));
    return this.facts.errors.filter(({ path: wrong }) => {
      if (!at.every((key, index) => String(key) === String(wrong[index]))) return false;
      const next = wrong[at.length];
      return next === undefined || !shownBelow.has(String(next));
    });
  }

  /** What was proposed at a place; null where there was none, and in lists, where places change. */
  initialAt(path: Path): { value: Notation } | null {
    if (path.some((key) => typeof key === "number" || key === "$entries")) return null;
    const around = path.slice(0, -1);
    const was = get(this.facts.initial, around);
    const sameBranch = branchOf(was) === branchOf(get(this.facts.value, around));
    return was === undefined || !sameBranch ? null : { value: get(this.facts.initial, path) };
  }

  changedAt(path: Path, value: Notation): boolean {
    const initial = this.initialAt(path);
    return initial !== null && !equal(initial.value, value);
  }
}

export const PartStateContext = createContext<PartState | null>(null);

export function usePartState(): PartState {
  const part = useContext(PartStateContext);
  if (!part) throw new Error("a field outside of a part");
  return part;
}

/** Draw a field again when what it shows of its part has changed. */
export function usePartChanges(part: PartState, path: Path, group: boolean): void {
  const share = () => shareOf(part, path, group);
  const drawn = useRef<unknown[]>([]);
  drawn.current = share();
  const [, redraw] = useState({});
  const key = JSON.stringify(path);
  useLayoutEffect(() => {
    const hear = () => {
      const now = share();
      if (now.some((one, index) => one !== drawn.current[index])) redraw({});
    };
    hear();
    return part.listen(hear);
  }, [part, key, group]);
}

/** Of a group only whether it is there and was changed: what is inside has fields of its own. */
function shareOf(part: PartState, path: Path, group: boolean): unknown[] {
  const value = part.get(path);
  if (!group) return [part.edition, value];
  const changed = path.length > 0 && part.changedAt(path, value);
  return [part.edition, isUnset(value), has(value, "$json"), get(value, ["$entries"]), changed];
}
