import { createContext } from "preact";
import { useContext, useLayoutEffect, useState } from "preact/hooks";
import type { Displayed, DisplayedPage, FormView, Item } from "../messages";
import { characters } from "../text/marked_text";

interface DrawnPage {
  start: number;
  end: number;
  whole: boolean;
}

/** A text or table that is not sent at once. */
interface LongPiece {
  path: string;
  size: number;
}

/** Keeps what a person had on the screen: for how long, and which pages of the evidence. */
export class DisplayTracker {
  private readonly drawn = new Map<string, Map<number, DrawnPage>>();
  private readonly long: LongPiece[];
  private readonly listeners = new Set<() => void>();
  private milliseconds = 0;
  private since: number | null = null;

  constructor(
    items: Item[] = [],
    /** The share of long pieces that has to be displayed. */
    private readonly mustSee = 0,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.long = longPieces(items);
  }

  /** Note that a page is drawn. What was seen stays seen when it is folded again. */
  draw(path: string, page: DrawnPage): void {
    const pages = this.drawn.get(path) ?? new Map<number, DrawnPage>();
    const before = pages.get(page.start);
    if (before && before.end >= page.end && (before.whole || !page.whole)) return;
    this.drawn.set(path, pages.set(page.start, page));
    for (const hear of this.listeners) hear();
  }

  listen(hear: () => void): () => void {
    this.listeners.add(hear);
    return () => this.listeners.delete(hear);
  }

  /** Count time only while the page is visible. */
  visible(is: boolean): void {
    if (this.since !== null) this.milliseconds += this.now() - this.since;
    this.since = is ? this.now() : null;
  }

  seconds(): number {
    this.visible(this.since !== null);
    return Math.round(this.milliseconds) / 1000;
  }

  /** List the places below a path that were drawn whole. */
  wholeBelow(path: string): number[] {
    return this.pages()
      .filter(({ at, whole }) => whole && at.startsWith(path))
      .map(({ at }) => Number(at.slice(path.length)));
  }

  displayed(accepted = false): Displayed {
    const pages: DisplayedPage[] = this.pages().map(({ at, start, whole }) => ({
      path: placeOf(at),
      start,
      whole,
    }));
    const { unseen } = this.left();
    return {
      seconds: this.seconds(),
      pages,
      ...(accepted && unseen > 0 && { unseen_accepted: true }),
    };
  }

  /** Count what still has to be displayed, of what was not sent at once; nothing if enough was. */
  left(): { unseen: number; size: number } {
    const size = this.long.reduce((sum, piece) => sum + piece.size, 0);
    const seen = this.long.reduce((sum, { path }) => sum + this.seen(path), 0);
    return { unseen: seen >= this.mustSee * size ? 0 : size - seen, size };
  }

  private seen(path: string): number {
    const pages = [...(this.drawn.get(path)?.values() ?? [])].sort((a, b) => a.start - b.start);
    let [count, reached] = [0, 0];
    for (const { start, end } of pages) {
      count += Math.max(0, end - Math.max(start, reached));
      reached = Math.max(reached, end);
    }
    return count;
  }

  private pages(): (DrawnPage & { at: string })[] {
    return [...this.drawn].flatMap(([at, pages]) =>
      [...pages.values()].map((page) => ({ at, ...page })),
    );
  }
}

export function placeOf(path: string): number[] {
  return path.split("/").slice(1).map(Number);
}

function longPieces(items: Item[], above = ""): LongPiece[] {
  return items.flatMap((item, index) => {
    const path = `${above}/${index}`;
    if (item.items) return longPieces(item.items, path);
    const unsent = (item.unsent ?? 0) + (item.table?.unsent ?? 0);
    const sent = item.table ? charactersOfTable(item.table) : characters(item.text ?? []);
    const size = (item.size ?? sent) + unsent;
    return item.size !== undefined || unsent > 0 ? [{ path, size }] : [];
  });
}

/** Count the characters in the cells of a table that are here. */
export function charactersOfTable({ rows }: NonNullable<Item["table"]>): number {
  return rows.flat().reduce((sum, cell) => sum + characters(cell), 0);
}

/** List all that a form shows, in the order in which pages of it are asked for. */
export function evidenceOf({ context, control }: Pick<FormView, "context" | "control">): Item[] {
  const parts = control.kind === "request" ? control.parts : [];
  return [...context, ...parts.flatMap(({ about, long }) => (long ? [...about, long] : about))];
}

/** Where in that list the evidence of a part begins. */
export function firstOfPart(form: Pick<FormView, "context" | "control">, name: string): number {
  if (form.control.kind !== "request") return 0;
  const before = form.control.parts.findIndex((part) => part.name === name);
  const control = { ...form.control, parts: form.control.parts.slice(0, Math.max(0, before)) };
  return evidenceOf({ ...form, control }).length;
}

export const DisplayContext = createContext<DisplayTracker | null>(null);
export const FormContext = createContext<Pick<FormView, "context" | "control"> | null>(null);

/** Note that characters of a value are drawn, and whether these are all of its page. */
export function useDisplayed(path: string, start: number, end: number, whole: boolean): void {
  const tracker = useContext(DisplayContext);
  useLayoutEffect(
    () => tracker?.draw(path, { start, end, whole }),
    [tracker, path, start, end, whole],
  );
}

/** Follow what of a form is read; `shown` is whether it can be seen at all. */
export function useDisplayTracker(form: FormView, shown = true): DisplayTracker {
  const [tracker] = useState(() => new DisplayTracker(evidenceOf(form), form.must_see));
  useLayoutEffect(() => {
    const watch = () => tracker.visible(shown && document.visibilityState === "visible");
    watch();
    document.addEventListener("visibilitychange", watch);
    return () => document.removeEventListener("visibilitychange", watch);
  }, [tracker, shown]);
  return tracker;
}
