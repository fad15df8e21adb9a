import type { FieldError, PartView } from "../../messages";
import type { Reply } from "./reply";

/** What is drawn of one part, and how it is changed. */
export interface PartFormProps {
  id: string;
  part: PartView;
  /** The only part there is. */
  alone: boolean;
  reply: { readonly current: Reply };
  errors: readonly FieldError[];
  locked: boolean;
  update(reply: Reply, touched: readonly (string | number)[], exactly?: boolean): void;
  rest(): void;
}
