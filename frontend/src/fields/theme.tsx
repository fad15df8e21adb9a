import Form from "@rjsf/core/lib/components/Form.js";
import type {
  FieldProps as LibraryProps,
  FieldTemplateProps,
  ObjectFieldTemplateProps,
  ValidatorType,
} from "@rjsf/utils";
import { memo } from "preact/compat";
import type { Schema } from "../schema/schema";
import { Entry } from "./entry";

// The kernel alone says what is valid.
const VALIDATOR: ValidatorType = {
  validateFormData: () => ({ errors: [], errorSchema: {} }),
  isValid: () => true,
  rawValidation: () => ({ errors: [] }),
};

const FIELDS = Object.fromEntries(
  [
    "StringField",
    "NumberField",
    "BooleanField",
    "NullField",
    "ArrayField",
    "ObjectField",
    "FallbackField",
  ].map((name) => [name, Entry as never]),
);

const TEMPLATES = {
  FieldTemplate: ({ children }: FieldTemplateProps) => <>{children}</>,
  ObjectFieldTemplate: ({ properties }: ObjectFieldTemplateProps) => (
    <>{properties.map(({ content }) => content)}</>
  ),
};

export type LibraryFieldProps = LibraryProps;

interface SchemaFormProps {
  id: string;
  schema: Schema;
}

/**
 * The fields of a schema. Their values are not the library's: every field reads and writes the
 * sheet of its part, at once and in form notation.
 */
export const SchemaForm = memo(function SchemaForm({ id, schema }: SchemaFormProps) {
  return (
    <Form
      tagName="div"
      className="fields"
      idPrefix={id}
      idSeparator="/"
      schema={schema as never}
      validator={VALIDATOR}
      fields={FIELDS}
      templates={TEMPLATES}
      noValidate
      showErrorList={false}
    >
      <></>
    </Form>
  );
});
