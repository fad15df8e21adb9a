/** The part of an anywidget model the view relies on. */
export interface Model {
  /** A synced trait, or `saved`: the class of static text that stands in where no view is drawn. */
  get(name: string): unknown;
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

/** Read the traits that `empty` names; one that the model does not have is as it is there. */
export function traitsOf<State extends object>(model: Model, empty: State): State {
  const entries = Object.entries(empty).map(([name, value]) => [name, model.get(name) ?? value]);
  return Object.fromEntries(entries) as State;
}
