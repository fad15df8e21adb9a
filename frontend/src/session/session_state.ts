import type { ViewState } from "../messages";
import { type Model, traitsOf } from "../widget/model";

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

export const SESSION_TRAITS = Object.keys(EMPTY);

export function sessionState(model: Model): ViewState {
  return traitsOf(model, EMPTY);
}
