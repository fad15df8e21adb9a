const CONTROL = "input:checked, input, select, textarea, .add, .hitl-small";

/**
 * Keep the keyboard when a button makes itself superfluous: on the question at once, and on the
 * first control of what has `id` as soon as that is drawn. On the page the next key would belong
 * to the notebook.
 */
export function keepFocus(button: HTMLElement, id: string): void {
  const root = button.getRootNode() as Document | ShadowRoot;
  button.closest<HTMLElement>(".question")?.focus({ preventScroll: true });
  requestAnimationFrame(() => {
    const place = root.getElementById(id);
    const control = place?.matches("input, textarea")
      ? place
      : place?.querySelector<HTMLElement>(CONTROL);
    control?.focus();
  });
}
