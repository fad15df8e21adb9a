import { type ComponentChild, render as draw } from "preact";
import { FocusKeeper } from "../keyboard/focus_keeper";
import { keepKeysFromNotebook } from "../keyboard/notebook_keys";
import { style } from "../style/stylesheet";
import { Kernel } from "./kernel";
import type { Host } from "./model";

/** What is drawn, from the traits as they are now. */
type View = (kernel: Kernel) => ComponentChild;

/** Put a view into the page and draw it anew whenever its traits change. */
export function mount(
  { model, el, signal }: Host,
  traits: readonly string[],
  view: View,
): () => void {
  const sheet = document.createElement("style");
  const saved = model.get("saved");
  sheet.textContent = saved ? `${style}\n.${saved} { display: none; }` : style;
  const root = document.createElement("div");
  root.className = "hitl-nb";
  root.tabIndex = -1;
  // At the root, so that our own listeners inside hear a key before it is stopped.
  keepKeysFromNotebook(root);
  el.append(sheet, root);

  const focus = new FocusKeeper(root);
  const drawing = batched(() => focus.across(show));
  const kernel = new Kernel(model, el, drawing.ask);
  const changed = (): void => {
    kernel.heard();
    drawing.ask();
  };
  function show(): void {
    draw(view(kernel), root);
  }

  for (const name of traits) model.on(`change:${name}`, changed);
  show();
  // Only now: the kernel counts the views that are drawn.
  kernel.send({ type: "here" });

  const leave = (): void => {
    if (kernel.leaving) return;
    // A drawing that was asked for would put the view back.
    drawing.cancel();
    // Forms that go from here on keep their drafts, as `leaving` tells them.
    kernel.leave();
    // While the root is there: afterwards nobody can tell that it had the keyboard.
    focus.leave();
    for (const name of traits) model.off(`change:${name}`, changed);
    draw(null, root);
    sheet.remove();
    root.remove();
  };
  signal?.addEventListener("abort", leave);
  return leave;
}

/** Several traits change together; draw them together, and at once: the next frame may be far. */
function batched(task: () => void): { ask(): void; cancel(): void } {
  let asked = false;
  return {
    ask() {
      if (asked) return;
      asked = true;
      queueMicrotask(() => {
        if (!asked) return;
        asked = false;
        task();
      });
    },
    cancel() {
      asked = false;
    },
  };
}
