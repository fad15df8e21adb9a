import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Kernel } from "./kernel";

const PAUSE = 300;

// Text of views which went away unanswered. Each view loads its own copy of this module, so it is
// kept at the page: running the cell again after a lost kernel then finds what was typed.
const KEPT = Symbol.for("hitl_nb.unsent");

function unsent(): Map<string, string> {
  const page = globalThis as { [KEPT]?: Map<string, string> };
  return (page[KEPT] ??= new Map());
}

/** Keeps what is typed into one form: in the kernel, and in the page when the view goes away. */
export class DraftKeeper {
  readonly initial: string;
  private text: string;
  private told: string;
  private timer = 0;

  constructor(
    private readonly question: string,
    private readonly kernel: Kernel,
    known: string,
  ) {
    this.told = known;
    this.initial = this.text = unsent().get(question) ?? known;
    unsent().delete(question);
  }

  write(text: string): void {
    this.text = text;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.tell(), PAUSE);
  }

  tell(): void {
    clearTimeout(this.timer);
    if (this.text === this.told || !this.kernel.live) return;
    this.told = this.text;
    this.kernel.send({ type: "draft", question: this.question, text: this.text });
  }

  /** Say nothing of what is now travelling as an answer. */
  hold(): void {
    clearTimeout(this.timer);
  }

  leave(answered: boolean): void {
    clearTimeout(this.timer);
    if (answered || !this.kernel.leaving || this.text === "") return;
    this.tell();
    unsent().set(this.question, this.text);
  }
}

/** Keep the draft of one form; `answered` is asked when the form goes away. */
export function useDraft(
  question: string,
  kernel: Kernel,
  known: string,
  answered: () => boolean,
): DraftKeeper {
  const [keeper] = useState(() => new DraftKeeper(question, kernel, known));
  const latest = useRef(answered);
  latest.current = answered;
  useLayoutEffect(() => () => keeper.leave(latest.current()), [keeper]);
  return keeper;
}
