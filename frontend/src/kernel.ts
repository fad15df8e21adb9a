import type { Acknowledge, Draft, Here, Message, Submit } from "./messages";
import type { Model } from "./model";

// anywidget's model does not tell whether its comm lives; ipywidgets marks the element.
const DISCONNECTED = "jupyter-widgets-disconnected";

type Listener = (acknowledge: Acknowledge) => void;

/** The other side: takes messages, says acknowledgements, and may be gone. */
export class Kernel {
  private readonly listeners = new Set<Listener>();
  private closed = false;
  /** True once the view is being taken away. */
  leaving = false;

  constructor(
    private readonly model: Model,
    private readonly el: HTMLElement,
    private readonly changed: () => void,
  ) {
    model.on("msg:custom", this.hear);
    model.on("comm:close", this.close);
    model.on("comm_live_update", this.revive);
  }

  get live(): boolean {
    const dead = this.el.classList.contains(DISCONNECTED) || this.model.comm_live === false;
    return !this.closed && !dead;
  }

  send(message: Submit | Draft | Here): void {
    if (!this.live) return;
    try {
      this.model.send(message);
    } catch (error) {
      // A disposed comm throws; the missing acknowledgement then says what a person needs to know.
      console.warn("hitl_nb: the message could not be sent", error);
    }
  }

  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  leave(): void {
    this.leaving = true;
    this.model.off("msg:custom", this.hear);
    this.model.off("comm:close", this.close);
    this.model.off("comm_live_update", this.revive);
  }

  private readonly hear = (message: Message): void => {
    if (!("type" in message) || message.type !== "acknowledge") return;
    for (const listener of this.listeners) listener(message);
  };

  private readonly close = (): void => {
    this.closed = true;
    this.changed();
  };

  private readonly revive = (): void => {
    this.closed = false;
    this.changed();
  };
}
