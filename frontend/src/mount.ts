import { type ComponentChild, render as draw } from "preact";
import { Focus } from "./focus";
import { Kernel } from "./kernel";
import { keepKeys } from "./keyboard";
import type { Host } from "./model";
import { style } from "./style/sheet";

/** What is drawn, from the traits as they are now. */
type View = (kernel: Kernel) => ComponentChild;

/** Put a view into the page and draw it anew, once per frame, whenever one of its traits changes. */
export function mount({ model, el, signal }: Host, traits: readonly string[], view: View): () => void {
  const sheet = document.createElement("style");
  sheet.textContent = style;
  const root = document.createElement("div");
  root.className = "hitl-nb";
  root.tabIndex = -1;
  keepKeys(root);
  el.append(sheet, root);

  const focus = new Focus(root);
  const frame = oncePerFrame(() => focus.across(show));
  const kernel = new Kernel(model, el, frame.ask);
  const changed = (): void => {
    kernel.heard();
    frame.ask();
  };
  function show(): void {
    draw(view(kernel), root);
  }

  for (const name of traits) model.on(`change:${name}`, changed);
  show();
  kernel.send({ type: "here" });

  const leave = (): void => {
    if (kernel.leaving) return;
    frame.cancel();
    kernel.leave();
    focus.leave();
    for (const name of traits) model.off(`change:${name}`, changed);
    draw(null, root);
    sheet.remove();
    root.remove();
  };
  signal?.addEventListener("abort", leave);
  return leave;
}

/** Several traits change together; draw them together. */
function oncePerFrame(task: () => void): { ask(): void; cancel(): void } {
  let asked: number | null = null;
  return {
    ask() {
      asked ??= requestAnimationFrame(() => {
        asked = null;
        task();
      });
    },
    cancel() {
      if (asked !== null) cancelAnimationFrame(asked);
    },
  };
}
