import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { FormView, ViewState } from "../messages";
import type { Kernel } from "../widget/kernel";

const PAUSE = 300;

// What was typed and not answered. Each view loads its own copy of this module, so it is kept at the
// page: running the cell again after a lost kernel then finds it, as does a view drawn anew, which
// may come before the one it replaces has gone.
const KEPT = Symbol.for("hitl_nb.unsent");

function unsent(): Map<string, string> {
  const page = globalThis as { [KEPT]?: Map<string, string> };
  page[KEPT] ??= new Map();
  return page[KEPT];
}

/** Keeps what is typed into one form, in the kernel and in the page. */
export class DraftKeeper {
  readonly initial: string;
  private text: string;
  private told: string;
  private timer = 0;

  constructor(
    private readonly question: string,
    private readonly kernel: Kernel,
    known: ViewState["drafts"],
    follows: string | undefined,
  ) {
    this.told = known[question] ?? "";
    const kept = unsent().get(question) ?? this.told;
    this.initial = this.text =
      kept || (follows === undefined ? "" : this.inherited(follows, known));
  }

  /** What was typed into the form that this one takes the place of. */
  private inherited(follows: string, known: ViewState["drafts"]): string {
    const text = this.kernel.typed.get(follows) ?? unsent().get(follows) ?? known[follows] ?? "";
    unsent().delete(follows);
    return text;
  }

  write(text: string): void {
    this.text = text;
    this.kernel.typed.set(this.question, text);
    unsent().set(this.question, text);
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.tell(), PAUSE);
  }

  tell(): void {
    clearTimeout(this.timer);
    // What a lost kernel did not hear is not told: it goes with the next key.
    if (this.text === this.told || !this.kernel.live) return;
    this.told = this.text;
    this.kernel.send({ type: "draft", question: this.question, text: this.text });
  }

  /** Say nothing of what is now travelling as an answer. */
  hold(): void {
    clearTimeout(this.timer);
  }

  /** What was typed has become an answer. */
  done(): void {
    this.kernel.typed.delete(this.question);
    unsent().delete(this.question);
  }

  leave(answered: boolean): void {
    clearTimeout(this.timer);
    if (answered || !this.kernel.leaving) {
      unsent().delete(this.question);
      return;
    }
    // A view that was replaced may go long after more was typed into the one in its place.
    const latest = unsent().get(this.question) ?? this.text;
    if (latest === "" || latest !== this.text) return;
    this.tell();
    unsent().set(this.question, latest);
  }
}

/** Keep the draft of one form; `answered` is asked when the form goes away. */
export function useDraft(
  { id, follows }: Pick<FormView, "id" | "follows">,
  kernel: Kernel,
  known: ViewState["drafts"],
  answered: () => boolean,
): DraftKeeper {
  const [keeper] = useState(() => new DraftKeeper(id, kernel, known, follows));
  const latest = useRef(answered);
  latest.current = answered;
  useLayoutEffect(() => {
    // What was taken over is known to the kernel under the question that is gone.
    if (follows !== undefined) keeper.tell();
    return () => keeper.leave(latest.current());
  }, [keeper]);
  return keeper;
}
