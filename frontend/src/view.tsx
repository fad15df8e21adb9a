import { Runs } from "./branch";
import { Inbox } from "./inbox/inbox";
import { INBOX_TRAITS, inboxState, isInbox } from "./inbox/model";
import { type Host, TRAITS, viewState } from "./model";
import { mount } from "./mount";

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
