import type {
  ActionView,
  FieldError,
  PartView,
  RequestAnswer,
  RequestControl,
} from "../../messages";
import { equal, get, has, type Notation, type Path, put, UNSET } from "../../schema/notation";
import { prepared } from "../../schema/schema";
import { secretsIn } from "../../schema/secrets";
import { plain } from "../../text/marked_text";

/** What a person has filled in so far; the whole of it is the draft. */
export interface Reply {
  values: Record<string, Notation>;
  comment: string;
  phrase: string;
  reviewer: string;
  decisions: Record<string, PartReply>;
}

/** What is chosen for one part: a name among its actions, and words. */
export interface PartReply {
  action: string;
  message: string;
}

const LARGEST_FILE = 100_000;

export const UNDECIDED: PartReply = { action: "", message: "" };

export function initialReply(control: RequestControl, draft: string): Reply {
  const known = restored(draft);
  const values = control.parts.map(({ name, value }) => [
    name,
    has(known?.values, name) ? known?.values[name] : value,
  ]);
  return {
    values: Object.fromEntries(values.filter(([, value]) => value !== undefined)),
    comment: known?.comment ?? "",
    phrase: known?.phrase ?? "",
    // Of a draft only where this form asks: it may be that of somebody else's form.
    reviewer: control.reviewer === null ? "" : (known?.reviewer ?? control.reviewer),
    decisions: known?.decisions ?? {},
  };
}

/** Read a draft; one of another kind of form is none. */
function restored(draft: string): Partial<Reply> | null {
  try {
    const known: unknown = JSON.parse(draft);
    return has(known, "values") && has(known, "comment") ? (known as Partial<Reply>) : null;
  } catch {
    return null;
  }
}

/** Write what is in a draft, line by line, for whoever may copy it. */
export function draftLines(draft: string): string[] {
  const known = restored(draft);
  if (!known) return draft.trim() === "" ? [] : [draft];
  const values = Object.entries(known.values ?? {}).map(([name, value]) => [
    name,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const messages = Object.entries(known.decisions ?? {}).map(([name, one]) => [name, one.message]);
  return [...values, ...messages, ["comment", known.comment]]
    .filter(([, words]) => words)
    .map(([name, words]) => `${name}: ${words}`);
}

/**
 * Keep only what was changed, so that what is proposed anew shows through. In place of a secret
 * that was typed stands what was proposed.
 */
export function draftOf(control: RequestControl, given: Reply): string {
  const reply = control.parts.reduce((kept, { name, schema, value }) => {
    const secrets = secretsIn(prepared(schema), given.values[name]);
    return secrets.reduce((it, path) => withValue(it, name, path, get(value, path)), kept);
  }, given);
  const values = control.parts
    .filter((part) => isEdited(part, reply))
    .map(({ name }) => [name, reply.values[name] ?? null]);
  const untouched =
    values.length === 0 &&
    !reply.comment &&
    !reply.phrase &&
    reply.reviewer === (control.reviewer ?? "") &&
    Object.keys(reply.decisions).length === 0;
  return untouched
    ? ""
    : JSON.stringify({ ...reply, values: Object.fromEntries(values) }, withoutFiles);
}

/** A large file is chosen again sooner than sent with every pause in typing. */
function withoutFiles(this: unknown, _: string, value: unknown): unknown {
  const large = has(value, "$bytes") && String(value.$bytes).length > LARGEST_FILE;
  return large ? (Array.isArray(this) ? UNSET : undefined) : value;
}

export function withValue(reply: Reply, part: string, path: Path, value: Notation): Reply {
  return {
    ...reply,
    values: put(reply.values, [part, ...path], value) as Record<string, Notation>,
  };
}

export function withDecision(reply: Reply, part: string, change: Partial<PartReply>): Reply {
  const decision = { ...(reply.decisions[part] ?? UNDECIDED), ...change };
  return { ...reply, decisions: { ...reply.decisions, [part]: decision } };
}

export function isEdited({ name, value }: PartView, { values }: Reply): boolean {
  return !equal(values[name], value);
}

/** What an action is called now: another word once something was edited. */
export function asEdited(action: ActionView, edited: boolean): Pick<ActionView, "name" | "label"> {
  return edited && action.edited ? action.edited : action;
}

export function answerOf(control: RequestControl, reply: Reply, action: ActionView): RequestAnswer {
  const edited = control.parts.some((part) => part.actions.length === 0 && isEdited(part, reply));
  const decisions = control.parts.flatMap((part) => {
    const { action: name, message } = reply.decisions[part.name] ?? UNDECIDED;
    const chosen = part.actions.find((one) => one.name === name);
    if (!chosen) return [];
    return [[part.name, { action: asEdited(chosen, isEdited(part, reply)).name, message }]];
  });
  return {
    action: asEdited(action, edited).name,
    values: reply.values,
    comment: reply.comment,
    decisions: Object.fromEntries(decisions),
    phrase: reply.phrase,
    reviewer: reply.reviewer,
  };
}

function wrong(path: string[], message: string): FieldError {
  return { path, message: [message] };
}

/** What is plainly missing; whether the rest is right is for the kernel to say. */
export function missing(control: RequestControl, reply: Reply, action: ActionView): FieldError[] {
  const found: FieldError[] = [];
  if (action.values) {
    for (const part of control.parts) found.push(...undecided(part, reply));
  }
  if (control.comment && action.words === "required" && !reply.comment.trim()) {
    found.push(wrong(["comment"], `${plain(action.label)} needs a few words: write them first.`));
  }
  if (control.phrase && action.primary && !isTyped(control.phrase, reply.phrase)) {
    found.push(wrong(["phrase"], "Type the phrase exactly as it is shown."));
  }
  if (control.reviewer !== null && !reply.reviewer.trim()) {
    found.push(wrong(["reviewer"], "Say who answers."));
  }
  return found;
}

function undecided(part: PartView, reply: Reply): FieldError[] {
  if (part.actions.length === 0) return [];
  const { action: name, message } = reply.decisions[part.name] ?? UNDECIDED;
  const chosen = part.actions.find((one) => one.name === name);
  if (!chosen) return [wrong([part.name], "Decide about this one too.")];
  if (chosen.words === "required" && !message.trim()) {
    return [wrong([part.name], "Say it in a few words.")];
  }
  return [];
}

function isTyped(phrase: NonNullable<RequestControl["phrase"]>, typed: string): boolean {
  // A mark stands for a character that cannot be seen: whether that was typed the kernel knows.
  const known = phrase.every((run) => typeof run === "string");
  return known ? typed === plain(phrase) : typed !== "";
}
