import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

interface DisclosureProps {
  summary: ComponentChildren;
  /** Drawn when first unfolded, so what nobody opened costs nothing and counts as not shown. */
  children: () => ComponentChildren;
}

export function Disclosure({ summary, children }: DisclosureProps) {
  const [opened, setOpened] = useState(false);
  return (
    <details onToggle={(event) => event.currentTarget.open && setOpened(true)}>
      <summary>{summary}</summary>
      {opened && children()}
    </details>
  );
}

interface MoreButtonProps {
  open: boolean;
  more: string;
  less: string;
  toggle(): void;
}

/** A button that stays where it is, so focus is never lost with it. */
export function MoreButton({ open, more, less, toggle }: MoreButtonProps) {
  return (
    <button type="button" class="more" aria-expanded={open} onClick={toggle}>
      {open ? less : more}
    </button>
  );
}
