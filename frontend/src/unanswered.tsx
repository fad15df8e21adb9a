import type { Submission } from "./submission";

interface UnansweredProps extends Pick<Submission, "phase"> {
  /** Whether it is an answer, of which what was typed is kept. */
  answer?: boolean;
}

/** What to know when the kernel says nothing. */
export function Unanswered({ phase, answer = false }: UnansweredProps) {
  return (
    <div role="status">
      {phase === "unanswered" && (
        <p class="notice">
          {answer
            ? "The kernel did not confirm this answer, so it may not have arrived. What you typed is kept."
            : "The kernel did not confirm this, so it may not have happened."}{" "}
          If the kernel was restarted, run the cell again.
        </p>
      )}
    </div>
  );
}
