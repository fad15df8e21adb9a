import type { ComponentChildren } from "preact";

/** Stands in for the form library's Markdown: descriptions are text here. */
export function Markdown({ children }: { children?: ComponentChildren }) {
  return children;
}
