import type { TargetedKeyboardEvent } from "preact";
import { useState } from "preact/hooks";

const STEPS: Record<string, number> = {
  ArrowRight: 1,
  ArrowDown: 1,
  ArrowLeft: -1,
  ArrowUp: -1,
};

/** Find where an arrow, Home or End leads from one of `count` places in a row. */
export function nextIndex(key: string, from: number, count: number): number | null {
  if (count === 0) return null;
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const step = STEPS[key];
  return step === undefined ? null : (from + step + count) % count;
}

/** Move the keyboard along the elements in a group that match, of which one has the tab stop. */
export function moveAlong(event: TargetedKeyboardEvent<HTMLElement>, selector: string): number {
  const found = [...event.currentTarget.querySelectorAll<HTMLElement>(selector)];
  const from = found.indexOf(event.target as HTMLElement);
  if (from < 0 || event.ctrlKey || event.metaKey || event.altKey) return -1;
  const to = nextIndex(event.key, from, found.length);
  if (to === null) return -1;
  event.preventDefault();
  found[to]?.focus();
  return to;
}

/** Of a group one element has the tab stop: the one last used, else the first. */
export function useTabStop<Id>(ids: readonly Id[]): { stop: Id | undefined; use(id: Id): void } {
  const [last, setLast] = useState<Id>();
  const stop = last !== undefined && ids.includes(last) ? last : ids[0];
  return { stop, use: setLast };
}
