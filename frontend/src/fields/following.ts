const CONTROL = "input:checked, input, select, textarea, .add, .hitl-small";

/**
 * Keep the keyboard when a button makes itself superfluous: on the question at once, and on the
 * first control of what has `id` as soon as that is drawn, unless somebody has gone elsewhere by
 * then. On the page the next key would belong to the notebook.
 */
export function keepFocus(button: HTMLElement, id: string): void {
  const root = button.getRootNode() as Document | ShadowRoot;
  const question = button.closest<HTMLElement>(".question");
  question?.focus({ preventScroll: true });
  requestAnimationFrame(() => {
    if (root.activeElement !== question) return;
    const place = root.getElementById(id);
    const control = place?.matches("input, textarea")
      ? place
      : place?.querySelector<HTMLElement>(CONTROL);
    control?.focus();
  });
}
