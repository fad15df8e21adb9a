import { createContext } from "preact";
import { useContext, useLayoutEffect, useState } from "preact/hooks";
import type { TextPage } from "../messages";
import type { Text } from "../text/marked_text";
import type { Kernel } from "../widget/kernel";
import { placeOf } from "./display_tracker";

/** Fetches the pages of texts too long to be sent whole. */
export class TextPages {
  constructor(
    private readonly question: string,
    private readonly kernel: Kernel,
  ) {}

  ask(path: number[], start: number): void {
    this.kernel.send({ type: "turn", question: this.question, path, start });
  }

  listen(path: number[], listener: (page: TextPage) => void): () => void {
    return this.kernel.listen("page", (page) => {
      const mine = page.question === this.question && page.path.join() === path.join();
      if (mine) listener(page);
    });
  }
}

export const TextPagesContext = createContext<TextPages | null>(null);

export interface LoadedPage {
  text: Text;
  start: number;
  end: number;
}

interface TurnedPage extends LoadedPage {
  /** Absent where nobody can send more. */
  next?: () => void;
  previous?: () => void;
}

/** Turn the pages of one text, of which the first is here. */
export function useTextPage(path: string, first: LoadedPage, size: number): TurnedPage {
  const pages = useContext(TextPagesContext);
  const [turned, setTurned] = useState<LoadedPage[]>([]);
  const place = placeOf(path);
  // Before anybody can press a button: a page that comes while nobody listens is lost.
  useLayoutEffect(
    () =>
      pages?.listen(place, ({ text, start, end }) =>
        setTurned((before) => [...before, { text, start, end }]),
      ),
    [pages, path],
  );
  const { text, start, end } = turned.at(-1) ?? first;
  return {
    text,
    start,
    end,
    ...(pages && end < size && { next: () => pages.ask(place, end) }),
    ...(turned.length > 0 && { previous: () => setTurned(turned.slice(0, -1)) }),
  };
}
