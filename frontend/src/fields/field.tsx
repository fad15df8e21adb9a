import ObjectField from "@rjsf/core/lib/components/fields/ObjectField.js";
import type { ComponentType } from "preact";
import { useContext, useMemo } from "preact/hooks";
import { blank } from "../schema/blank";
import { hint } from "../schema/descriptions";
import {
  type FieldKind,
  isConstant,
  isDateOrTime,
  isMultipleChoice,
  kindOf,
} from "../schema/field_kinds";
import { get, has, isInside, isUnset, type Notation, type Path } from "../schema/notation";
import { type Resolve, type Schema, unescaped } from "../schema/schema";
import { isSecret, speaksOfSecrets } from "../schema/secrets";
import { show } from "../text/hidden_characters";
import { plain } from "../text/marked_text";
import { BytesField } from "./bytes_field";
import { ChoiceField, MultipleChoiceField, YesOrNoField } from "./choice_field";
import { DateTimeField } from "./date_time_field";
import { EntriesField, OthersField } from "./entries_field";
import { FieldGroup, type FieldLayoutProps, FieldRow, OneTimeButton } from "./field_layout";
import type { ContainerProps, FieldProps, LibraryFieldProps } from "./field_props";
import { ListField } from "./list_field";
import { PlaceContext } from "./nested_field";
import { type PartState, usePartChanges, usePartState } from "./part_state";
import { ReadOnly } from "./read_only";
import { JsonField, NumberField, TextField } from "./scalar_fields";
import { hasGroups, isDrawn, UnionField } from "./union_field";

type Scalar = Exclude<FieldKind, "entries" | "object" | "union" | "const" | "null">;

const SCALARS: Record<Scalar, ComponentType<FieldProps>> = {
  any: JsonField,
  array: MultipleChoiceField,
  boolean: YesOrNoField,
  bytes: BytesField,
  choice: ChoiceField,
  decimal: NumberField,
  integer: NumberField,
  number: NumberField,
  string: TextField,
};
/** Of these nothing that is done inside leads back to none. */
const NOT_ERASABLE: readonly FieldKind[] = ["array", "boolean", "choice", "entries", "union"];
/** These name their own elements, so that no label can belong to one of them. */
const SELF_LABELLED: readonly FieldKind[] = ["array", "boolean", "choice"];

/** One value of a form: how it is filled in, and what stands around it. */
interface FieldState extends ContainerProps {
  kind: FieldKind;
  layout: FieldLayoutProps;
  part: PartState;
  /** An optional group that nobody asked for yet. */
  absent: boolean;
}

/** One value of a form. */
export function Field(of: LibraryFieldProps) {
  const state = useFieldState(of);
  const { kind, field, layout, fixed, absent } = state;
  if (absent) return <AbsentRow {...state} />;
  switch (kind) {
    case "object":
      return <ObjectFieldset {...state} />;
    case "array":
      if (isMultipleChoice(field.schema)) break;
      return (
        <FieldGroup {...layout}>
          <ListField {...state} />
        </FieldGroup>
      );
    case "entries":
      return (
        <FieldGroup {...layout}>
          <EntriesField {...state} inside={field.schema.entries ?? {}} />
        </FieldGroup>
      );
    case "union":
      return <UnionRow {...state} />;
  }
  if (fixed || isConstant(kind)) return <ReadOnlyRow {...state} />;
  return <ScalarRow {...state} kind={kind} />;
}

function useFieldState(of: LibraryFieldProps): FieldState {
  const part = usePartState();
  const around = useContext(PlaceContext);
  const path: Path = of.fieldPathId.path;
  const resolve: Resolve = (one) =>
    one.$ref ? (of.registry.schemaUtils.retrieveSchema(one as never) as Schema) : one;
  const given = withItem(of.schema as Schema, resolve);
  usePartChanges(part, path, kindOf(given) === "object");
  const held = part.get(path);
  const value = isUnset(held) ? undefined : held;
  // What its schema does not describe is shown as it is.
  const kind = has(value, "$json") ? "any" : kindOf(given);
  const hides = kind === "any" && speaksOfSecrets(given, resolve);
  const schema = hides ? { ...given, writeOnly: true } : given;
  const fixed = around.fixed || schema.readOnly === true || part.fixed(path);
  const top = path.length === 0;
  const absent = kind === "object" && value === undefined && !of.required && !top;
  const hidden = kind === "union" && isDrawn(schema, value, resolve);
  const set = (next: Notation) => part.set(path, next);

  const layout: FieldLayoutProps = {
    id: part.idOf(path),
    name: around.name ?? nameOf(of, part, schema),
    own: top && part.own,
    bare: around.name !== null,
    top,
    required: of.required === true && !fixed && !isConstant(kind) && !mayBeEmpty(kind, schema),
    description: isConstant(kind) ? "" : (schema.description ?? ""),
    hint: fixed ? "" : hint(schema),
    // What was chosen of a union has a field of its own, at the same place.
    errors: hidden ? [] : part.errorsAt(path, absent ? undefined : childrenOf(kind, schema, value)),
    locked: part.locked,
    marked: typeof value === "string" && !fixed && !isSecret(schema) ? value : "",
    ...wayBack(part, path, kind, fixed || around.name !== null),
    remove:
      !of.required && !fixed && !top && kind === "object" && path.at(-1) !== "value"
        ? () => set(undefined)
        : null,
  };
  const field: FieldProps = {
    schema,
    path,
    value,
    id: `${layout.id}-field`,
    name: plain(show(layout.name || part.name)),
    required: layout.required,
    described: describedBy(layout),
    invalid: layout.errors.length > 0,
    locked: part.locked,
    set,
    rest: part.rest,
  };
  return { of, field, resolve, fixed, kind, layout, part, absent };
}

/** What is in a list decides how the list is drawn. */
function withItem(schema: Schema, resolve: Resolve): Schema {
  return schema.item?.$ref ? { ...schema, item: resolve(schema.item) } : schema;
}

function nameOf(of: LibraryFieldProps, part: PartState, schema: Schema): string {
  if (of.fieldPathId.path.length === 0) return part.labelled ? part.name : "";
  return schema.title || unescaped(of.name);
}

/** How to get back to what was proposed. Text can be erased; of a choice nothing else leads to none. */
function wayBack(
  part: PartState,
  path: Path,
  kind: FieldKind,
  none: boolean,
): Pick<FieldLayoutProps, "reset" | "clears"> {
  const before = part.initialAt(path)?.value;
  const now = part.get(path);
  const changed = !none && !isConstant(kind) && part.changedAt(path, now);
  const erasable = before === undefined && !NOT_ERASABLE.includes(kind);
  const offered = changed && !erasable && !(kind === "object" && isInside(before, now));
  return { clears: before === undefined, reset: offered ? () => part.set(path, before) : null };
}

/** What holds nothing yet is filled in all the same. */
function mayBeEmpty(kind: FieldKind, { minItems = 0 }: Schema): boolean {
  return kind === "entries" || (kind === "array" && minItems === 0);
}

function describedBy({
  id,
  bare,
  description,
  hint,
  errors,
}: FieldLayoutProps): string | undefined {
  const notes = [
    description && !bare && `${id}-about`,
    hint && `${id}-hint`,
    errors.length > 0 && `${id}-errors`,
  ];
  return notes.filter(Boolean).join(" ") || undefined;
}

/** The places inside a value that have fields of their own. */
function childrenOf(
  kind: FieldKind,
  schema: Schema,
  value: Notation,
): (string | number)[] | undefined {
  const rows = (held: Notation) => (Array.isArray(held) ? held.map((_, index) => index) : []);
  const entries = rows(get(value, ["$entries"]));
  switch (kind) {
    case "object":
      return [...Object.keys(schema.properties ?? {}).map(unescaped), ...entries];
    case "entries":
      return entries;
    case "array":
      return isMultipleChoice(schema) ? undefined : rows(value);
    default:
      return undefined;
  }
}

function ObjectFieldset(state: FieldState) {
  const { of, field, layout, fixed } = state;
  const place = useMemo(() => ({ name: null, fixed }), [fixed]);
  return (
    <FieldGroup {...layout}>
      <PlaceContext.Provider value={place}>
        <ObjectField {...of} />
        {field.schema.others && <OthersField {...state} inside={field.schema.others} />}
      </PlaceContext.Provider>
    </FieldGroup>
  );
}

function UnionRow(state: FieldState) {
  const { field, layout, resolve } = state;
  const union = <UnionField {...state} />;
  if (hasGroups(field.schema, resolve) && !layout.bare)
    return <FieldGroup {...layout}>{union}</FieldGroup>;
  return (
    <FieldRow {...layout} label={false}>
      {union}
    </FieldRow>
  );
}

function ReadOnlyRow({ field, layout }: FieldState) {
  const { schema, value } = field;
  const held = isConstant(kindOf(schema)) && value === undefined ? (schema.const ?? null) : value;
  return (
    <FieldRow {...layout} hint="" label={false}>
      <ReadOnly value={held} schema={schema} />
    </FieldRow>
  );
}

function ScalarRow({ field, layout, kind }: FieldState & { kind: Scalar }) {
  const Control = isDateOrTime(field.schema) && kind === "string" ? DateTimeField : SCALARS[kind];
  return (
    <FieldRow {...layout} label={!layout.bare && !SELF_LABELLED.includes(kind)}>
      <Control {...field} />
    </FieldRow>
  );
}

function AbsentRow({ field, layout, fixed, resolve }: FieldState) {
  const { name, schema, locked, set } = field;
  return (
    <FieldRow {...layout} label={false}>
      {fixed ? (
        <span class="faint">not set</span>
      ) : (
        <OneTimeButton
          within={layout.id}
          locked={locked}
          word="fill in"
          label={`fill in ${name}`}
          act={() => set(blank(schema, resolve))}
        />
      )}
    </FieldRow>
  );
}
