import type { InboxState } from "../messages";
import { type Model, traitsOf } from "../widget/model";

const EMPTY: InboxState = {
  inbox: { saver: [], total: 0, snoozed: 0, reviewer: [], served: [] },
  facets: [],
  search: "",
  window: { start: 0, total: 0, rows: [] },
  selected: null,
  bulk: null,
  drafts: {},
  notices: [],
};

export const INBOX_TRAITS = Object.keys(EMPTY);

/** Whether a model is that of an inbox, and not of a session. */
export function isInbox(model: Model): boolean {
  return model.get("inbox") !== undefined;
}

export function inboxState(model: Model): InboxState {
  return traitsOf(model, EMPTY);
}
