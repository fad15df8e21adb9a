import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { FieldError } from "../messages";
import { branchOf, equal, get, type Notation, type Path, place } from "../schema/notation";
import type { Schema } from "../schema/schema";

interface PartFacts {
  id: string;
  name: string;
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
  /** Leave a place out of what is kept of a draft. */
  keepSecret(path: Path): void;
}

/** What the fields of one part share: its value, what is wrong with it, and how to change it. */
export class PartSheet {
  constructor(private readonly facts: PartFacts) {}

  get name(): string {
    return this.facts.name;
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

  keepSecret(path: Path): void {
    this.facts.keepSecret(path);
  }

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
    const [first] = place(this.facts.value, path);
    return first !== undefined && !this.facts.editable.includes(String(first));
  }

  /** What is wrong at a place and below it, but for what a field of its own shows. */
  errorsAt(path: Path, children?: readonly (string | number)[]): FieldError[] {
    const at = place(this.facts.value, path);
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

export const PartContext = createContext<PartSheet | null>(null);

export function usePart(): PartSheet {
  const sheet = useContext(PartContext);
  if (!sheet) throw new Error("a field outside of a part");
  return sheet;
}

/** What a field is told by the frame around it. */
export interface FieldProps {
  schema: Schema;
  path: Path;
  value: Notation;
  id: string;
  /** What to call it where no label stands beside it. */
  name: string;
  required: boolean;
  /** Ids of description, hint and errors, for `aria-describedby`. */
  described: string | undefined;
  invalid: boolean;
  locked: boolean;
  set(value: Notation): void;
  /** Keep it now: the person went elsewhere. */
  rest(): void;
}
