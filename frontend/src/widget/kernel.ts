import type { Acknowledge, InboxState, Message, TextPage, ViewState } from "../messages";
import type { Model } from "./model";

// Some hosts of ipywidgets mark the element.
const DISCONNECTED = "jupyter-widgets-disconnected";

/** What is said to the kernel. */
type FromBrowser = Exclude<Message, ViewState | InboxState | Acknowledge | TextPage>;

interface KernelMessages {
  acknowledge: Acknowledge;
  page: TextPage;
}

/** What ipywidgets' view shows of its model. */
interface Viewing {
  model?: { comm_live?: boolean };
}

type Listener<Kind extends keyof KernelMessages> = (message: KernelMessages[Kind]) => void;

/** The other side: takes messages, says acknowledgements, and may be gone. */
export class Kernel {
  private readonly listeners = {
    acknowledge: new Set<Listener<"acknowledge">>(),
    page: new Set<Listener<"page">>(),
  };
  /** What was typed into forms and not answered, by question: a form may take another's place. */
  readonly typed = new Map<string, string>();
  /** When questions answer themselves, on this page's clock; see `endOf`. */
  readonly ends = new Map<string, { said: number; at: number }>();
  private closed = false;
  private readonly update: (this: unknown) => void;
  /** True once the view is being taken away. */
  leaving = false;

  constructor(
    private readonly model: Model,
    private readonly el: HTMLElement,
    private readonly changed: () => void,
  ) {
    model.on("msg:custom", this.hear);
    model.on("comm:close", this.close);
    const kernel = this;
    // anywidget's model does not tell whether its comm lives, but calls listeners as the view,
    // whose own model does.
    this.update = function (this: unknown) {
      const said = model.comm_live ?? (this as Viewing | undefined)?.model?.comm_live;
      kernel.closed = said !== true;
      kernel.changed();
    };
    model.on("comm_live_update", this.update);
  }

  get live(): boolean {
    const dead = this.el.classList.contains(DISCONNECTED) || this.model.comm_live === false;
    return !this.closed && !dead;
  }

  send(message: FromBrowser): void {
    if (!this.live) return;
    try {
      this.model.send(message);
    } catch (error) {
      // A disposed comm throws; the missing acknowledgement then says what a person needs to know.
      console.warn("hitl_nb: the message could not be sent", error);
    }
  }

  listen<Kind extends keyof KernelMessages>(kind: Kind, listener: Listener<Kind>): () => void {
    const listeners = this.listeners[kind] as Set<Listener<Kind>>;
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  leave(): void {
    this.leaving = true;
    this.model.off("msg:custom", this.hear);
    this.model.off("comm:close", this.close);
    this.model.off("comm_live_update", this.update);
  }

  /** Something came from it, so it is there. */
  heard(): void {
    if (this.closed) this.changed();
    this.closed = false;
  }

  private readonly hear = (message: Message): void => {
    // First: what a listener then sends must not be held back from a kernel that has just spoken.
    this.heard();
    if (!("type" in message) || !(message.type in this.listeners)) return;
    const listeners = this.listeners[message.type as keyof KernelMessages];
    for (const listener of listeners) (listener as (message: Message) => void)(message);
  };

  private readonly close = (): void => {
    this.closed = true;
    this.changed();
  };
}
