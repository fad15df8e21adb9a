import { Runs } from "./session/branches";
import { Inbox } from "./inbox/inbox";
import { INBOX_TRAITS, inboxState, isInbox } from "./inbox/inbox_state";
import { type Host, TRAITS, viewState } from "./widget/model";
import { mount } from "./widget/mount";

function render(host: Host): () => void {
  if (isInbox(host.model)) {
    return mount(host, INBOX_TRAITS, (kernel) => (
      <Inbox state={inboxState(host.model)} kernel={kernel} live={kernel.live} />
    ));
  }
  return mount(host, TRAITS, (kernel) => (
    <Runs state={viewState(host.model)} kernel={kernel} live={kernel.live} />
  ));
}

export default { render };
