/** Ctrl+Enter or Cmd+Enter: Enter alone is a new line, or nothing. */
export function isSubmitKey(event: KeyboardEvent): boolean {
  return event.key === "Enter" && (event.ctrlKey || event.metaKey);
}
