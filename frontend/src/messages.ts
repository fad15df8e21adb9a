// Generated from hitl_nb/notebook/messages.py by `npm run types`; do not edit.

/**
 * Everything that travels, in either direction.
 */
export type Message = ViewState | Submit | Draft | Here | Acknowledge;

/**
 * The synced traits of the session view.
 */
export interface ViewState {
  header: Header;
  timeline: (StepEntry | RecordEntry)[];
  forms: Form[];
  result: Item[] | null;
  failure: Failure | null;
  drafts: {
    [k: string]: string;
  };
}
/**
 * Whose run this is and how it fares.
 */
export interface Header {
  graph: (string | Mark)[];
  thread: (string | Mark)[];
  status: "running" | "waiting" | "done" | "failed";
  note: (string | Mark)[];
  saver: (string | Mark)[];
}
/**
 * A character that would be invisible or would reorder text, named instead of drawn.
 */
export interface Mark {
  mark: string;
  name: string;
}
/**
 * A node that ran to its end.
 */
export interface StepEntry {
  kind: "step";
  node: (string | Mark)[];
  seconds: number;
  changes: Change[];
}
/**
 * What a step did to one state key; ``before`` is absent for a new key.
 */
export interface Change {
  key: (string | Mark)[];
  before?: (string | Mark)[];
  after: (string | Mark)[];
}
/**
 * A question and its answer, as the one line that replaces the form.
 */
export interface RecordEntry {
  kind: "record";
  node: (string | Mark)[];
  heading: (string | Mark)[];
  answer: (string | Mark)[];
  reviewer: (string | Mark)[];
  seconds: number;
  shown: Item[];
}
/**
 * One labelled piece of evidence: either ``text`` or nested ``items``.
 */
export interface Item {
  label: (string | Mark)[];
  text?: (string | Mark)[];
  size?: number;
  items?: Item[];
}
/**
 * An open question, ready to be drawn.
 */
export interface Form {
  id: string;
  node: (string | Mark)[];
  heading: (string | Mark)[];
  context: Item[];
  control: OptionsControl | TextControl;
}
/**
 * Pick one of the offered values; the answer is the index of the choice.
 */
export interface OptionsControl {
  kind: "options";
  layout: "buttons" | "dropdown";
  choices: Choice[];
}
/**
 * One offered answer.
 */
export interface Choice {
  label: (string | Mark)[];
}
/**
 * Write an answer; ``quick`` are replies that submit with one click.
 */
export interface TextControl {
  kind: "text";
  quick: string[];
}
/**
 * Why the run stopped: a sentence that names the node, and the traceback.
 */
export interface Failure {
  title: (string | Mark)[];
  traceback: (string | Mark)[];
}
/**
 * An answer, whole: nothing else has to arrive for it to be right.
 */
export interface Submit {
  type: "submit";
  question: string;
  nonce: string;
  answer: ChoiceAnswer | TextAnswer;
  displayed: Displayed;
}
/**
 * The option that was chosen, by its place and its words.
 */
export interface ChoiceAnswer {
  choice: number;
  label: string;
}
/**
 * What was written.
 */
export interface TextAnswer {
  text: string;
}
/**
 * What was on the screen when the answer was given.
 */
export interface Displayed {
  seconds: number;
  characters: number;
  total: number;
}
/**
 * Text typed so far, kept by the kernel for a reloaded page.
 */
export interface Draft {
  type: "draft";
  question: string;
  text: string;
}
/**
 * A view has been drawn: one more than was displayed means that the page was reloaded.
 */
export interface Here {
  type: "here";
}
/**
 * The kernel's word on one submit; without it the view keeps what was typed.
 */
export interface Acknowledge {
  type: "acknowledge";
  nonce: string;
  accepted: boolean;
  errors: FieldError[];
}
/**
 * What is wrong with one field; an empty path means the whole answer.
 */
export interface FieldError {
  path: (string | number)[];
  message: (string | Mark)[];
}
