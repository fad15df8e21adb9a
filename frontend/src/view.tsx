import { render as draw } from "preact";
import { Focus } from "./focus";
import { Kernel } from "./kernel";
import { keepKeys } from "./keyboard";
import { type Host, TRAITS, viewState } from "./model";
import { Session } from "./session";
import { style } from "./style/sheet";

function render({ model, el, signal }: Host): () => void {
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
  function show(): void {
    draw(<Session state={viewState(model)} kernel={kernel} live={kernel.live} />, root);
  }

  for (const name of TRAITS) model.on(`change:${name}`, frame.ask);
  show();
  kernel.send({ type: "here" });

  const leave = (): void => {
    if (kernel.leaving) return;
    frame.cancel();
    kernel.leave();
    focus.leave();
    for (const name of TRAITS) model.off(`change:${name}`, frame.ask);
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

export default { render };
