import type { FieldProps as LibraryFieldProps } from "@rjsf/utils";
import type { Notation, Path } from "../schema/notation";
import type { Resolve, Schema } from "../schema/schema";

export type { LibraryFieldProps };

/** What a field is told by what draws it. */
export interface FieldProps {
  schema: Schema;
  path: Path;
  value: Notation;
  id: string;
  /** What to call it where no label stands beside it. */
  name: string;
  required: boolean;
  /** Ids of description, hint and errors, for `aria-describedby`. */
  described: string | undefined;
  invalid: boolean;
  locked: boolean;
  set(value: Notation): void;
  /** Keep it now: the person went elsewhere. */
  rest(): void;
}

/** What fields that hold other fields are told. */
export interface ContainerProps {
  of: LibraryFieldProps;
  field: FieldProps;
  resolve: Resolve;
  fixed: boolean;
}
