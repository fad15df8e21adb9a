import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { uniqueId } from "../components/unique_id";

/** Give each row an identity that stays with it when rows move. */
export function useRows(count: number) {
  const keys = useRef<string[]>([]);
  while (keys.current.length < count) keys.current.push(uniqueId());
  keys.current.length = count;
  return keys.current;
}

/** After rows changed, bring the keyboard to one of them; `focus` selects what. */
export function useRowFocus() {
  const list = useRef<HTMLUListElement>(null);
  const [wanted, want] = useState<{ row: number; selector: string } | null>(null);
  useLayoutEffect(() => {
    if (!wanted) return;
    const row = list.current?.children[wanted.row];
    const target = row?.querySelector<HTMLElement>(wanted.selector);
    (target ?? list.current?.parentElement?.querySelector<HTMLElement>(".add"))?.focus();
    want(null);
  }, [wanted]);
  return { list, want };
}

export const FIRST = "input, select, textarea, button";

interface ToolProps {
  class: string;
  name: string;
  off: boolean;
  children: string;
  act(): void;
}

export function Tool({ name, off, children, act, ...rest }: ToolProps) {
  return (
    <button
      type="button"
      class={`hitl-small ${rest.class}`}
      aria-label={name}
      title={name}
      aria-disabled={off}
      onClick={() => off || act()}
    >
      {children}
    </button>
  );
}
