import { createContext } from "preact";
import { useContext, useLayoutEffect, useState } from "preact/hooks";
import type { Displayed, Item } from "../messages";
import { characters } from "../text/marked_text";

/** Keeps what a person had on the screen: for how long, and how much of the evidence. */
export class DisplayTracker {
  private readonly unfolded = new Map<string, number>();
  private milliseconds = 0;
  private since: number | null = null;

  constructor(
    private readonly total: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  unfold(path: string, count: number): void {
    // What was seen stays seen when it is folded again.
    this.unfolded.set(path, Math.max(count, this.unfolded.get(path) ?? 0));
  }

  /** Count time only while the page is visible. */
  visible(is: boolean): void {
    if (this.since !== null) this.milliseconds += this.now() - this.since;
    this.since = is ? this.now() : null;
  }

  /** Count the characters of those values whose paths begin so. */
  below(path: string): number {
    const found = [...this.unfolded].filter(([name]) => name.startsWith(path));
    return found.reduce((sum, [, count]) => sum + count, 0);
  }

  displayed(): Displayed {
    this.visible(this.since !== null);
    return {
      seconds: Math.round(this.milliseconds) / 1000,
      characters: this.below(""),
      total: this.total,
    };
  }
}

/** Count the characters of all values, also of those which did not reach the browser. */
export function charactersOfItems(items: Item[]): number {
  return items.reduce(
    (sum, item) => sum + ownCharacters(item) + charactersOfItems(item.items ?? []),
    0,
  );
}

function ownCharacters({ text, size, table }: Item): number {
  return Math.max(size ?? 0, text ? characters(text) : 0) + (table ? charactersOfTable(table) : 0);
}

/** Count the characters in the cells of a table that are here. */
export function charactersOfTable({ rows }: NonNullable<Item["table"]>): number {
  return rows.flat().reduce((sum, cell) => sum + characters(cell), 0);
}

export const DisplayContext = createContext<DisplayTracker | null>(null);

/** Note that a value is drawn with `count` characters. */
export function useUnfolded(path: string, count: number): void {
  const tracker = useContext(DisplayContext);
  useLayoutEffect(() => tracker?.unfold(path, count), [tracker, path, count]);
}

/** Follow what of these items is read; `shown` is whether they can be seen at all. */
export function useDisplayTracker(items: Item[], shown = true): DisplayTracker {
  const [tracker] = useState(() => new DisplayTracker(charactersOfItems(items)));
  useLayoutEffect(() => {
    const watch = () => tracker.visible(shown && document.visibilityState === "visible");
    watch();
    document.addEventListener("visibilitychange", watch);
    return () => document.removeEventListener("visibilitychange", watch);
  }, [tracker, shown]);
  return tracker;
}
