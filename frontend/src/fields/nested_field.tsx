import { toFieldPathId } from "@rjsf/utils";
import { createContext } from "preact";
import type { Schema } from "../schema/schema";
import type { LibraryFieldProps } from "./field_props";

/** What stands around a field decides what it is called and whether it is drawn with a label. */
export interface Place {
  /** Called so, and drawn without a label of its own. */
  name: string | null;
  fixed: boolean;
}

export const PlaceContext = createContext<Place>({ name: null, fixed: false });

interface NestedFieldProps {
  /** The field around it, as the form library described it. */
  of: LibraryFieldProps;
  keys: readonly (string | number)[];
  schema: Schema;
  place: Place;
  required?: boolean;
}

/** A field inside one of our own fields, drawn by the form library again. */
export function NestedField({ of, keys, schema, place, required = true }: NestedFieldProps) {
  const { registry } = of;
  const { SchemaField } = registry.fields;
  const fieldPathId = keys.reduce(
    (at, key) => toFieldPathId(key, registry.globalFormOptions, at),
    of.fieldPathId,
  );
  if (!SchemaField) return null;
  return (
    <PlaceContext.Provider value={place}>
      <SchemaField
        name={place.name ?? ""}
        schema={schema as never}
        fieldPathId={fieldPathId}
        required={required}
        registry={registry}
        onChange={of.onChange}
        onBlur={of.onBlur}
        onFocus={of.onFocus}
      />
    </PlaceContext.Provider>
  );
}
