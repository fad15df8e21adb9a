import SchemaField from "@rjsf/core/lib/components/fields/SchemaField.js";
import {
  createSchemaUtils,
  englishStringTranslator,
  type FieldTemplateProps,
  type FieldProps as LibraryProps,
  type ObjectFieldTemplateProps,
  toFieldPathId,
  type ValidatorType,
} from "@rjsf/utils";
import { memo } from "preact/compat";
import { useMemo } from "preact/hooks";
import type { Schema } from "../schema/schema";
import { Field } from "./field";

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
  ].map((name) => [name, Field as never]),
);

const nothing = () => null;

const TEMPLATES = {
  ButtonTemplates: {},
  DescriptionFieldTemplate: nothing,
  FieldErrorTemplate: nothing,
  FieldHelpTemplate: nothing,
  FieldTemplate: ({ children }: FieldTemplateProps) => <>{children}</>,
  ObjectFieldTemplate: ({ properties }: ObjectFieldTemplateProps) => (
    <>{properties.map(({ content }) => content)}</>
  ),
};

/** All that the fields of the form library are told about the form around them. */
function registryOf(id: string, schema: Schema): LibraryProps["registry"] {
  const registry = {
    fields: { ...FIELDS, SchemaField },
    templates: TEMPLATES,
    widgets: {},
    rootSchema: schema,
    formContext: {},
    schemaUtils: createSchemaUtils(VALIDATOR, schema as never),
    translateString: englishStringTranslator,
    globalFormOptions: {
      idPrefix: id,
      idSeparator: "/",
      useFallbackUiForUnsupportedType: false,
    },
  };
  return registry as never;
}

interface SchemaFormProps {
  id: string;
  schema: Schema;
}

/**
 * The fields of a schema. Their values are not the library's: every field reads and writes the
 * sheet of its part, at once and in form notation. So the library's form, which keeps values,
 * fills in defaults and validates at every drawing, is left out.
 */
export const SchemaForm = memo(function SchemaForm({ id, schema }: SchemaFormProps) {
  const [registry, fieldPathId] = useMemo(() => {
    const registry = registryOf(id, schema);
    return [registry, toFieldPathId("", registry.globalFormOptions)];
  }, [id, schema]);
  return (
    <div class="fields">
      <SchemaField
        name=""
        schema={schema as never}
        fieldPathId={fieldPathId}
        registry={registry}
        onChange={nothing}
        onBlur={nothing}
        onFocus={nothing}
      />
    </div>
  );
});
