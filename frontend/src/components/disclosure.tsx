import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

interface FoldProps {
  summary: ComponentChildren;
  /** Drawn when first unfolded, so what nobody opened costs nothing and counts as not shown. */
  children: () => ComponentChildren;
}

export function Fold({ summary, children }: FoldProps) {
  const [opened, setOpened] = useState(false);
  return (
    <details onToggle={(event) => event.currentTarget.open && setOpened(true)}>
      <summary>{summary}</summary>
      {opened && children()}
    </details>
  );
}

interface MoreProps {
  open: boolean;
  more: string;
  less: string;
  toggle(): void;
}

/** A button that stays where it is, so focus is never lost with it. */
export function More({ open, more, less, toggle }: MoreProps) {
  return (
    <button type="button" class="more" aria-expanded={open} onClick={toggle}>
      {open ? less : more}
    </button>
  );
}

export function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
