import { ErrorLines } from "../../components/error_list";
import type { FieldError, RequestControl } from "../../messages";
import { counted } from "../../text/quantities";

interface ErrorSummaryProps {
  id: string;
  control: RequestControl;
  errors: readonly FieldError[];
}

const BESIDE = ["comment", "phrase", "reviewer"];

/** What is wrong with the answer as a whole, and how much there is to mend elsewhere. */
export function ErrorSummary({ id, control, errors }: ErrorSummaryProps) {
  const names = new Set([...BESIDE, ...control.parts.map(({ name }) => name)]);
  const whole = errors.filter(
    ({ path: [first] }) => first === undefined || !names.has(String(first)),
  );
  const elsewhere = errors.length - whole.length;
  return (
    <div id={`${id}-errors`} class="errors summary" role="alert" tabIndex={-1}>
      <ErrorLines errors={whole} />
      {elsewhere > 1 && <p>{counted(elsewhere, "field")} above need another look.</p>}
    </div>
  );
}
