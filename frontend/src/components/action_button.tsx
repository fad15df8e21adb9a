import type { ComponentChildren, TargetedMouseEvent } from "preact";

interface ActionButtonProps {
  locked: boolean;
  class?: string;
  title?: string | undefined;
  shortcut?: string;
  children: ComponentChildren;
  act(): void;
}

/**
 * A button of a form. A locked one keeps its focus: `disabled` would drop it to the page, where
 * the next key belongs to the notebook.
 */
export function ActionButton({
  locked,
  title,
  shortcut,
  children,
  act,
  ...rest
}: ActionButtonProps) {
  const click = (event: TargetedMouseEvent<HTMLButtonElement>) => {
    // The second click of a double click may land on the next question.
    if (!locked && event.detail < 2) act();
  };
  return (
    <button
      type="button"
      class={`action ${rest.class ?? ""}`}
      title={title}
      aria-disabled={locked}
      aria-keyshortcuts={shortcut}
      onClick={click}
    >
      {children}
    </button>
  );
}
