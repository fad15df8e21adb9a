import { Marked, type Text } from "../text/marked_text";
import type { Submission } from "./submission";

interface UnconfirmedProps extends Pick<Submission, "phase"> {
  /** What an answer is called; what was typed for it is kept. */
  answer?: Text;
}

/** What to know while the kernel says nothing. */
export function Unconfirmed({ phase, answer }: UnconfirmedProps) {
  return (
    <div role="status">
      {phase === "unanswered" && (
        <p class="notice">
          <Marked text={answer ?? ["This"]} /> was sent and is not confirmed yet; the kernel may be
          busy. {answer && "What you typed is kept. "}If the kernel was restarted, run the cell
          again, and before it the cells it needs.
        </p>
      )}
    </div>
  );
}
