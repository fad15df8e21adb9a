// Generated from hitl_nb/messages by `npm run types`; do not edit.

/**
 * Everything that travels, in either direction.
 */
export type Message =
  | ViewState
  | Submit
  | DraftText
  | PageRequest
  | ButtonPress
  | CheckpointRequest
  | ViewReady
  | Acknowledge
  | TextPage
  | InboxState
  | WindowRequest
  | Select
  | Filter
  | Note
  | BulkMode
  | SubmitAll;

/**
 * The synced traits of the session view.
 */
export interface ViewState {
  header: Header;
  timeline: (StepEntry | RecordEntry)[];
  forms: FormView[];
  result: Item[] | null;
  failure: Failure | null;
  drafts: {
    [k: string]: string;
  };
  progress: Progress;
  drawing: Drawing;
  buttons: Button[];
  past: CheckpointHistory | null;
  branch: BranchView | null;
  notices: (string | Mark)[][];
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
  seconds: number;
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
  seconds: number | null;
  changes: Change[];
  prints?: Print;
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
 * What a node printed.
 */
export interface Print {
  text: (string | Mark)[];
  more: number;
}
/**
 * A question and its answer, as the one line that replaces the form.
 */
export interface RecordEntry {
  kind: "record";
  question: string;
  forks: boolean;
  node: (string | Mark)[];
  heading: (string | Mark)[];
  answer: (string | Mark)[];
  reviewer: (string | Mark)[];
  seconds: number;
  shown: Item[];
  comment?: (string | Mark)[];
  edits?: Difference[];
  seen?: (string | Mark)[];
}
/**
 * One labelled piece of evidence: ``text``, nested ``items`` or a ``table``.
 */
export interface Item {
  label: (string | Mark)[];
  text?: (string | Mark)[];
  size?: number;
  end?: number;
  unsent?: number;
  items?: Item[];
  table?: Table;
}
/**
 * The beginning of a DataFrame.
 */
export interface Table {
  columns: (string | Mark)[][];
  rows: (string | Mark)[][][];
  size: number[];
  unsent?: number;
}
/**
 * One edit: of prose word by word, of a structure field by field.
 */
export interface Difference {
  path: (string | Mark)[];
  runs: TextRun[];
}
/**
 * A stretch of a text that was kept, removed or added.
 */
export interface TextRun {
  what: "same" | "removed" | "added";
  text: (string | Mark)[];
}
/**
 * An open question, ready to be drawn.
 */
export interface FormView {
  id: string;
  node: (string | Mark)[];
  heading: (string | Mark)[];
  context: Item[];
  control: OptionsControl | TextControl | RequestControl;
  facts?: Fact[];
  deadline?: Deadline;
  history?: (string | Mark)[][];
  follows?: string;
  must_see?: number;
}
/**
 * Pick one of the offered values; the answer is the index of the choice.
 */
export interface OptionsControl {
  kind: "options";
  layout: "buttons" | "dropdown";
  choices: ChoiceView[];
}
/**
 * One offered answer.
 */
export interface ChoiceView {
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
 * Fill in parts, write a comment, decide.
 */
export interface RequestControl {
  kind: "request";
  parts: PartView[];
  actions: ActionView[];
  comment: (string | Mark)[] | null;
  phrase: (string | Mark)[] | null;
  reviewer: string | null;
}
/**
 * A value to fill in or edit, as a form drawn from its JSON Schema.
 *
 * Values are in form notation, which `forms.notation` describes: exact numbers, unset states, the
 * chosen branch of a union.
 */
export interface PartView {
  name: string;
  label: (string | Mark)[];
  about: Item[];
  schema: {
    [k: string]: unknown;
  };
  value?: unknown;
  long?: Item;
  compare: boolean;
  editable: boolean | string[];
  actions: ActionView[];
}
/**
 * What may be decided.
 */
export interface ActionView {
  name: string;
  label: (string | Mark)[];
  key: string;
  primary: boolean;
  edited?: EditedAction;
  words: "optional" | "required";
  values: boolean;
}
/**
 * What an action is called once something was edited, such as "Approve as edited".
 */
export interface EditedAction {
  name: string;
  label: (string | Mark)[];
}
/**
 * A word on what is at stake, such as "risk high".
 */
export interface Fact {
  text: (string | Mark)[];
  warns: boolean;
}
/**
 * When a question answers itself.
 */
export interface Deadline {
  left: number;
  then: (string | Mark)[];
}
/**
 * Why the run stopped: a sentence that names the node, and the traceback.
 */
export interface Failure {
  title: (string | Mark)[];
  traceback: (string | Mark)[];
}
/**
 * How far the run is.
 */
export interface Progress {
  done: number;
  text: (string | Mark)[];
}
/**
 * The graph, to be laid out and drawn.
 */
export interface Drawing {
  nodes: DrawnNode[];
  edges: DrawnEdge[];
}
/**
 * A node of the drawn graph, and how it fares.
 */
export interface DrawnNode {
  id: string;
  label: (string | Mark)[];
  kind: "start" | "end" | "node" | "subgraph" | "unknown";
  state: "idle" | "running" | "waiting" | "done" | "failed";
  runs: number;
  seconds: number | null;
  changes: Change[];
  prints?: Print;
}
/**
 * An edge; dashed if a route decides whether it is taken.
 */
export interface DrawnEdge {
  source: string;
  target: string;
  label: (string | Mark)[];
  dashed: boolean;
}
/**
 * Something to do with the thread; each has a method of the same name.
 */
export interface Button {
  name: "step" | "run_to_question" | "run_to_end" | "stop" | "retry" | "edit" | "export" | "load";
  label: (string | Mark)[];
  title: (string | Mark)[];
  enabled: boolean;
}
/**
 * The history, and the state at the checkpoint that is looked at.
 */
export interface CheckpointHistory {
  moments: CheckpointEntry[];
  at: string | null;
  items: Item[];
  changed: string[];
}
/**
 * A checkpoint of the history.
 */
export interface CheckpointEntry {
  id: string;
  label: (string | Mark)[];
}
/**
 * The same run from a question on, answered differently, beside this one.
 */
export interface BranchView {
  view: ViewState;
  rows: ComparedRow[];
}
/**
 * One state key of two runs side by side.
 */
export interface ComparedRow {
  key: (string | Mark)[];
  left: (string | Mark)[] | null;
  right: (string | Mark)[] | null;
  same: boolean;
}
/**
 * An answer, whole: nothing else has to arrive for it to be right.
 */
export interface Submit {
  type: "submit";
  question: string;
  nonce: string;
  answer: ChoiceAnswer | TextAnswer | RequestAnswer;
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
 * A decision, whole.
 */
export interface RequestAnswer {
  action: string;
  values: {
    [k: string]: unknown;
  };
  comment: string;
  decisions: {
    [k: string]: PartDecision;
  };
  phrase: string;
  reviewer: string;
}
/**
 * What was decided about one part.
 */
export interface PartDecision {
  action: string;
  message: string;
}
/**
 * What was on the screen when the answer was given. How much that is, the kernel knows.
 */
export interface Displayed {
  seconds: number;
  pages?: DisplayedPage[];
  unseen_accepted?: boolean;
}
/**
 * A text, table or page of a text that was on the screen.
 */
export interface DisplayedPage {
  path: number[];
  start: number;
  whole: boolean;
}
/**
 * Text typed so far, kept by the kernel for a reloaded page.
 */
export interface DraftText {
  type: "draft";
  question: string;
  text: string;
}
/**
 * Ask for a page of a long text.
 */
export interface PageRequest {
  type: "turn";
  question: string;
  path: number[];
  start: number;
}
/**
 * A button was pressed.
 */
export interface ButtonPress {
  type: "press";
  nonce: string;
  thread: string;
  button: string;
  target: string;
}
/**
 * The state at a checkpoint is wanted; an empty one ends looking back.
 */
export interface CheckpointRequest {
  type: "look";
  thread: string;
  checkpoint: string;
}
/**
 * A view has been drawn: one more than was displayed means that the page was reloaded.
 */
export interface ViewReady {
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
 * What is wrong with one field: the part's name, then keys and places inside its value.
 *
 * An empty path means the whole answer; ``["comment"]``, ``["phrase"]`` and ``["reviewer"]`` are
 * the fields beside the parts.
 */
export interface FieldError {
  path: (string | number)[];
  message: (string | Mark)[];
}
/**
 * A page of a long text.
 */
export interface TextPage {
  type: "page";
  question: string;
  path: number[];
  start: number;
  text: (string | Mark)[];
  end: number;
  size: number;
}
/**
 * The synced traits of the inbox view.
 */
export interface InboxState {
  inbox: InboxHeader;
  facets: Facet[];
  search: string;
  window: Window;
  selected: Selected | null;
  bulk: Bulk | null;
  drafts: {
    [k: string]: string;
  };
  notices: Notice[];
}
/**
 * Where the questions are kept, and how many there are.
 */
export interface InboxHeader {
  saver: (string | Mark)[];
  total: number;
  snoozed: number;
  reviewer: (string | Mark)[];
  served: (string | Mark)[];
}
/**
 * Something to filter by.
 */
export interface Facet {
  name: "graph" | "node" | "role" | "risk" | "tag" | "assigned" | "only";
  label: (string | Mark)[];
  values: FacetValue[];
  more: number;
  chosen: string | null;
}
/**
 * One value to filter by.
 */
export interface FacetValue {
  value: string;
  label: (string | Mark)[];
  count: number;
}
/**
 * Some of the rows that match.
 */
export interface Window {
  start: number;
  total: number;
  rows: InboxRow[];
}
/**
 * A question in the list.
 */
export interface InboxRow {
  id: string;
  heading: (string | Mark)[];
  excerpt: (string | Mark)[];
  place: (string | Mark)[];
  facts: (string | Mark)[][];
  warns: boolean;
  asked: number;
  left: number | null;
  assigned: (string | Mark)[];
  snoozed: boolean;
  draft: boolean;
}
/**
 * The question that is looked at.
 */
export interface Selected {
  id: string;
  index: number;
  place: (string | Mark)[];
  form: FormView | null;
  note: (string | Mark)[];
  serving: (string | Mark)[];
  assigned: string;
  snoozed: (string | Mark)[];
  alike: number;
}
/**
 * Questions of the same shape, to be answered with one decision.
 */
export interface Bulk {
  form: FormView;
  columns: (string | Mark)[][];
  rows: BulkRow[];
  more: number;
  same: (string | Mark)[][];
}
/**
 * One of several questions answered together: what it does not share with the others.
 */
export interface BulkRow {
  id: string;
  place: (string | Mark)[];
  cells: (string | Mark)[][];
  unsent?: number;
  said?: (string | Mark)[];
}
/**
 * What a person should know beside the questions.
 */
export interface Notice {
  text: (string | Mark)[];
  warns: boolean;
}
/**
 * Other rows are wanted: somebody scrolled.
 */
export interface WindowRequest {
  type: "window";
  start: number;
  count: number;
}
/**
 * A question is wanted, or the one so many places from the selected one.
 */
export interface Select {
  type: "select";
  question: string;
  step: number;
}
/**
 * Only some questions are wanted.
 */
export interface Filter {
  type: "filter";
  facet: string;
  value: string | null;
}
/**
 * Assign or snooze questions.
 */
export interface Note {
  type: "note";
  nonce: string;
  questions: string[];
  assigned: string | null;
  snooze: number | null;
}
/**
 * Answer several questions at a time, or stop that.
 */
export interface BulkMode {
  type: "together";
  on: boolean;
}
/**
 * One decision for several questions, whole.
 */
export interface SubmitAll {
  type: "submit_all";
  nonce: string;
  questions: string[];
  answer: ChoiceAnswer | TextAnswer | RequestAnswer;
  seconds: number;
  cells?: {
    [k: string]: number[];
  };
  unseen_accepted?: boolean;
}
