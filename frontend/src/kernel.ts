import type { FromInbox } from "./inbox/model";
import type {
  Acknowledge,
  Draft,
  Here,
  Look,
  Message,
  Page,
  Press,
  Submit,
  Turn,
} from "./messages";
import type { Model } from "./model";

// anywidget's model does not tell whether its comm lives; ipywidgets marks the element.
const DISCONNECTED = "jupyter-widgets-disconnected";

interface Said {
  acknowledge: Acknowledge;
  page: Page;
}

type Listener<Kind extends keyof Said> = (message: Said[Kind]) => void;

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

  send(message: Submit | Draft | Turn | Press | Look | Here | FromInbox): void {
    if (!this.live) return;
    try {
      this.model.send(message);
    } catch (error) {
      // A disposed comm throws; the missing acknowledgement then says what a person needs to know.
      console.warn("hitl_nb: the message could not be sent", error);
    }
  }

  listen<Kind extends keyof Said>(kind: Kind, listener: Listener<Kind>): () => void {
    const listeners = this.listeners[kind] as Set<Listener<Kind>>;
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  leave(): void {
    this.leaving = true;
    this.model.off("msg:custom", this.hear);
    this.model.off("comm:close", this.close);
    this.model.off("comm_live_update", this.revive);
  }

  private readonly hear = (message: Message): void => {
    if (!("type" in message)) return;
    if (message.type === "acknowledge") this.listeners.acknowledge.forEach((hear) => hear(message));
    if (message.type === "page") this.listeners.page.forEach((hear) => hear(message));
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
