import type { ViewState } from "../messages";

/** The part of an anywidget model the view relies on. */
export interface Model {
  get<Name extends keyof ViewState>(name: Name): ViewState[Name] | undefined;
  /** The classes of static text that stands in for the view where it is not drawn. */
  get(name: "saved"): string | undefined;
  on(name: string, callback: (...values: never[]) => void): void;
  off(name: string, callback: (...values: never[]) => void): void;
  send(content: unknown): void;
  comm_live?: boolean | undefined;
}

/** What anywidget hands to `render`. */
export interface Host {
  model: Model;
  el: HTMLElement;
  signal?: AbortSignal;
}

const EMPTY: ViewState = {
  header: { graph: [], thread: [], status: "running", note: [], saver: [], seconds: 0 },
  timeline: [],
  forms: [],
  result: null,
  failure: null,
  drafts: {},
  progress: { done: 0, text: [] },
  drawing: { nodes: [], edges: [] },
  buttons: [],
  past: null,
  branch: null,
  notices: [],
};

export const TRAITS = Object.keys(EMPTY) as (keyof ViewState)[];

export function viewState(model: Model): ViewState {
  const entries = TRAITS.map((name) => [name, model.get(name) ?? EMPTY[name]]);
  return Object.fromEntries(entries) as ViewState;
}
