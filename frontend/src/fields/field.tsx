import ObjectField from "@rjsf/core/lib/components/fields/ObjectField.js";
import type { ComponentType } from "preact";
import { useContext, useMemo } from "preact/hooks";
import { show } from "../text/hidden_characters";
import { blank, type Resolve } from "../schema/blank";
import { hint, isSecret, type Kind, kindOf } from "../schema/field_kinds";
import { get, has, isInside, isUnset, type Notation, type Path } from "../schema/notation";
import { type Schema, unescaped } from "../schema/schema";
import { speaksOfSecrets } from "../schema/secrets";
import { plain } from "../text/marked_text";
import { BytesField } from "./bytes_field";
import { ChoiceField, ChoicesField, YesOrNoField } from "./choice_field";
import { EntriesField, OthersField } from "./entries_field";
import { Fixed } from "./read_only";
import { type FrameProps, Group, Row, Vanishing } from "./field_layout";
import { type HolderProps, ListField } from "./list_field";
import { MomentField } from "./date_time_field";
import { PlaceContext } from "./nested_field";
import { type FieldProps, type PartSheet, usePart, useShare } from "./part_state";
import { JsonField, NumberField, TextField } from "./scalar_fields";
import type { LibraryFieldProps } from "./schema_form";
import { hasGroups, isDrawn, UnionField } from "./union_field";

type Scalar = Exclude<Kind, "list" | "entries" | "object" | "union" | "const">;

const SCALARS: Record<Scalar, ComponentType<FieldProps>> = {
  choice: ChoiceField,
  "yes or no": YesOrNoField,
  number: NumberField,
  text: TextField,
  moment: MomentField,
  bytes: BytesField,
  json: JsonField,
  choices: ChoicesField,
};
/** Of these nothing that is done inside leads back to none. */
const HOLDING: readonly Kind[] = ["list", "entries"];
const CHOOSING: readonly Kind[] = ["choice", "yes or no", "choices", "union"];

/** One value of a form: how it is filled in, and the frame around it. */
interface Filling extends HolderProps {
  kind: Kind;
  frame: FrameProps;
  sheet: PartSheet;
  /** An optional group that nobody asked for yet. */
  absent: boolean;
}

/** One value of a form. */
export function Entry(of: LibraryFieldProps) {
  const filling = useFilling(of);
  const { kind, field, frame, fixed, absent } = filling;
  if (absent) return <Absent {...filling} />;
  switch (kind) {
    case "object":
      return <ObjectEntry {...filling} />;
    case "list":
      return (
        <Group {...frame}>
          <ListField {...filling} />
        </Group>
      );
    case "entries":
      return (
        <Group {...frame}>
          <EntriesField {...filling} inside={field.schema.entries ?? {}} />
        </Group>
      );
    case "union":
      return <UnionEntry {...filling} />;
    default:
      return fixed || kind === "const" ? (
        <FixedEntry {...filling} />
      ) : (
        <ScalarEntry {...filling} kind={kind} />
      );
  }
}

function useFilling(of: LibraryFieldProps): Filling {
  const sheet = usePart();
  const around = useContext(PlaceContext);
  const path: Path = of.fieldPathId.path;
  const resolve: Resolve = (one) =>
    one.$ref ? (of.registry.schemaUtils.retrieveSchema(one as never) as Schema) : one;
  const given = withItem(of.schema as Schema, resolve);
  useShare(sheet, path, kindOf(given) === "object");
  const held = sheet.get(path);
  const value = isUnset(held) ? undefined : held;
  // What its schema does not describe is shown as it is.
  const kind = has(value, "$json") ? "json" : kindOf(given);
  const hides = kind === "json" && speaksOfSecrets(given, resolve);
  const schema = hides ? { ...given, writeOnly: true } : given;
  const fixed = around.fixed || schema.readOnly === true || sheet.fixed(path);
  const top = path.length === 0;
  const absent = kind === "object" && value === undefined && !of.required && !top;
  const hidden = kind === "union" && isDrawn(schema, value, resolve);
  const set = (next: Notation) => sheet.set(path, next);

  const frame: FrameProps = {
    id: sheet.idOf(path),
    name: around.name ?? nameOf(of, sheet, schema),
    own: top && sheet.own,
    bare: around.name !== null,
    top,
    required: of.required === true && !fixed && kind !== "const" && !mayBeEmpty(kind, schema),
    description: kind === "const" ? "" : (schema.description ?? ""),
    hint: fixed ? "" : hint(schema),
    // What was chosen of a union has a field of its own, at the same place.
    errors: hidden
      ? []
      : sheet.errorsAt(path, absent ? undefined : childrenOf(kind, schema, value)),
    locked: sheet.locked,
    marked: typeof value === "string" && !fixed && !isSecret(schema) ? value : "",
    ...wayBack(sheet, path, kind, fixed || around.name !== null),
    remove:
      !of.required && !fixed && !top && kind === "object" && path.at(-1) !== "value"
        ? () => set(undefined)
        : null,
  };
  const field: FieldProps = {
    schema,
    path,
    value,
    id: `${frame.id}-field`,
    name: plain(show(frame.name || sheet.name)),
    required: frame.required,
    described: describedBy(frame),
    invalid: frame.errors.length > 0,
    locked: sheet.locked,
    set,
    rest: sheet.rest,
  };
  return { of, field, resolve, fixed, kind, frame, sheet, absent };
}

/** What is in a list decides how the list is drawn. */
function withItem(schema: Schema, resolve: Resolve): Schema {
  return schema.item?.$ref ? { ...schema, item: resolve(schema.item) } : schema;
}

function nameOf(of: LibraryFieldProps, sheet: PartSheet, schema: Schema): string {
  if (of.fieldPathId.path.length === 0) return sheet.labelled ? sheet.name : "";
  return schema.title || unescaped(of.name);
}

/** How to get back to what was proposed. Text can be erased; of a choice nothing else leads to none. */
function wayBack(
  sheet: PartSheet,
  path: Path,
  kind: Kind,
  none: boolean,
): Pick<FrameProps, "reset" | "clears"> {
  const before = sheet.initialAt(path)?.value;
  const now = sheet.get(path);
  const changed = !none && kind !== "const" && sheet.changedAt(path, now);
  const erasable = before === undefined && !CHOOSING.includes(kind) && !HOLDING.includes(kind);
  const offered = changed && !erasable && !(kind === "object" && isInside(before, now));
  return { clears: before === undefined, reset: offered ? () => sheet.set(path, before) : null };
}

/** What holds nothing yet is filled in all the same. */
function mayBeEmpty(kind: Kind, { minItems = 0 }: Schema): boolean {
  return kind === "entries" || ((kind === "list" || kind === "choices") && minItems === 0);
}

function describedBy({ id, bare, description, hint, errors }: FrameProps): string | undefined {
  const notes = [
    description && !bare && `${id}-about`,
    hint && `${id}-hint`,
    errors.length > 0 && `${id}-errors`,
  ];
  return notes.filter(Boolean).join(" ") || undefined;
}

/** The places inside a value that have fields of their own. */
function childrenOf(kind: Kind, schema: Schema, value: Notation): (string | number)[] | undefined {
  const rows = (held: Notation) => (Array.isArray(held) ? held.map((_, index) => index) : []);
  const entries = rows(get(value, ["$entries"]));
  switch (kind) {
    case "object":
      return [...Object.keys(schema.properties ?? {}).map(unescaped), ...entries];
    case "entries":
      return entries;
    case "list":
      return rows(value);
    default:
      return undefined;
  }
}

function ObjectEntry(filling: Filling) {
  const { of, field, frame, fixed } = filling;
  const place = useMemo(() => ({ name: null, fixed }), [fixed]);
  return (
    <Group {...frame}>
      <PlaceContext.Provider value={place}>
        <ObjectField {...of} />
        {field.schema.others && <OthersField {...filling} inside={field.schema.others} />}
      </PlaceContext.Provider>
    </Group>
  );
}

function UnionEntry(filling: Filling) {
  const { field, frame, resolve } = filling;
  const union = <UnionField {...filling} />;
  if (hasGroups(field.schema, resolve) && !frame.bare) return <Group {...frame}>{union}</Group>;
  return (
    <Row {...frame} label={false}>
      {union}
    </Row>
  );
}

function FixedEntry({ field, frame }: Filling) {
  const { schema, value } = field;
  const held = kindOf(schema) === "const" && value === undefined ? (schema.const ?? null) : value;
  return (
    <Row {...frame} hint="" label={false}>
      <Fixed value={held} schema={schema} />
    </Row>
  );
}

function ScalarEntry({ field, frame, kind }: Filling & { kind: Scalar }) {
  const Field = SCALARS[kind];
  return (
    <Row {...frame} label={!frame.bare && !CHOOSING.includes(kind)}>
      <Field {...field} />
    </Row>
  );
}

function Absent({ field, frame, fixed, resolve }: Filling) {
  const { name, schema, locked, set } = field;
  return (
    <Row {...frame} label={false}>
      {fixed ? (
        <span class="faint">not set</span>
      ) : (
        <Vanishing
          within={frame.id}
          locked={locked}
          word="fill in"
          label={`fill in ${name}`}
          act={() => set(blank(schema, resolve))}
        />
      )}
    </Row>
  );
}
