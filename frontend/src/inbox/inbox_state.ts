import type { InboxState } from "../messages";
import type { Model } from "../widget/model";

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

export const INBOX_TRAITS = Object.keys(EMPTY) as (keyof InboxState)[];

type InboxModel = { get<Name extends keyof InboxState>(name: Name): InboxState[Name] | undefined };

/** Whether a model is that of an inbox, and not of a session. */
export function isInbox(model: Model): boolean {
  return (model as unknown as InboxModel).get("inbox") !== undefined;
}

export function inboxState(model: Model): InboxState {
  const inbox = model as unknown as InboxModel;
  const entries = INBOX_TRAITS.map((name) => [name, inbox.get(name) ?? EMPTY[name]]);
  return Object.fromEntries(entries) as InboxState;
}
