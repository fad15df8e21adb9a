const FIELD = "textarea, input:not([type=radio], [type=checkbox])";

/** Carries the keyboard from an answered form to the next one, and never onto a choice. */
export class FocusKeeper {
  private owed = false;
  private inside = false;
  private home: HTMLElement | null = null;

  constructor(private readonly root: HTMLElement) {
    root.addEventListener("focusin", () => {
      this.inside = true;
      this.home = root.closest<HTMLElement>(".jp-Cell, .jp-Notebook");
    });
    root.addEventListener("focusout", ({ relatedTarget }) => {
      // Without one, what had the keyboard may have been removed: then it is ours to hand on.
      if (relatedTarget instanceof Node) this.inside = root.contains(relatedTarget);
    });
  }

  /** Give the keyboard back to the notebook's cell when static text takes the view's place. */
  leave(): void {
    if (this.inside && !this.wentElsewhere()) this.home?.focus({ preventScroll: true });
  }

  /** Draw, then give focus back if what had it is gone. */
  across(draw: () => void): void {
    const active = this.active();
    const inside = active !== this.root && this.root.contains(active) ? active : null;
    const held = inside?.closest<HTMLElement>("[data-question]");
    const run = inside?.closest("section");
    draw();
    if (held && !held.isConnected) this.owed = true;
    else if (inside && !inside.isConnected) this.keep(held, run);
    if (this.owed) this.settle();
  }

  /** What had the keyboard is gone: on the page the next key would belong to the notebook. */
  private keep(question: HTMLElement | null | undefined, run: Element | null | undefined): void {
    if (this.wentElsewhere()) return;
    const around = run?.isConnected ? run : this.root;
    const target = question ?? around.querySelector<HTMLElement>(".disclosure") ?? this.root;
    target.focus({ preventScroll: true });
  }

  private settle(): void {
    if (this.wentElsewhere()) {
      this.owed = false;
      return;
    }
    const open = [...this.root.querySelectorAll<HTMLElement>("[data-question]")];
    const next = open.find((question) => !question.closest("[hidden]")) ?? null;
    this.owed = next === null;
    // While no question is open the root holds the keys, so none of them reaches the notebook.
    const target = next?.querySelector<HTMLElement>(FIELD) ?? next ?? this.root;
    target.focus({ preventScroll: next === null });
  }

  private wentElsewhere(): boolean {
    const active = this.active();
    return active !== null && active !== document.body && active !== this.root;
  }

  private active(): Element | null {
    return (this.root.getRootNode() as Document | ShadowRoot).activeElement ?? null;
  }
}
