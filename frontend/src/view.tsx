import { Inbox } from "./inbox/inbox";
import { INBOX_TRAITS, inboxState, isInbox } from "./inbox/inbox_state";
import { Branches } from "./session/branches";
import { SESSION_TRAITS, sessionState } from "./session/session_state";
import type { Host } from "./widget/model";
import { mount } from "./widget/mount";

function render(host: Host): () => void {
  if (isInbox(host.model)) {
    return mount(host, INBOX_TRAITS, (kernel) => (
      <Inbox state={inboxState(host.model)} kernel={kernel} live={kernel.live} />
    ));
  }
  return mount(host, SESSION_TRAITS, (kernel) => (
    <Branches state={sessionState(host.model)} kernel={kernel} live={kernel.live} />
  ));
}

export default { render };
