const CONTROL = "input:checked, input, select, textarea, .add, .hitl-small";

/**
 * Keep the keyboard when a button has made itself superfluous: on the question at once, and on the
 * first control of what has `id` as soon as that is drawn. On the page the next key would belong
 * to the notebook.
 */
export function handFocusOver(button: HTMLElement, id: string): void {
  const root = button.getRootNode() as Document | ShadowRoot;
  button.closest<HTMLElement>(".question")?.focus({ preventScroll: true });
  afterDrawing(() => {
    const place = root.getElementById(id);
    const control = place?.matches("input, textarea")
      ? place
      : place?.querySelector<HTMLElement>(CONTROL);
    control?.focus();
  });
}

/**
 * Do something once what has just changed is drawn, before anybody can press another key: Preact
 * draws in a microtask, which has been asked for.
 */
export function afterDrawing(act: () => void): void {
  queueMicrotask(act);
}
