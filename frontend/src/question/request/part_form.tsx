import type { ComponentChildren } from "preact";
import { useContext, useLayoutEffect, useRef, useState } from "preact/hooks";
import { FormContext, firstOfPart } from "../../evidence/display_tracker";
import { Items } from "../../evidence/items";
import { OneTimeButton } from "../../fields/field_layout";
import { type PartFacts, PartState, PartStateContext } from "../../fields/part_state";
import { SchemaForm } from "../../fields/schema_form";
import { hasGroups } from "../../fields/union_field";
import type { FieldError, Item, PartView } from "../../messages";
import { isMultipleChoice, kindOf } from "../../schema/field_kinds";
import { errorPath, has, isInside } from "../../schema/notation";
import { prepared, resolved, type Schema } from "../../schema/schema";
import { characters, plain } from "../../text/marked_text";
import { EditDifferences } from "./edit_differences";
import { isOwn, PartDecision } from "./part_decision";
import type { PartFormProps } from "./part_props";
import { isEdited, type Reply, withValue } from "./reply";

/** One value of a request, with what is proposed for it, what was changed, and what is decided. */
export function PartForm(props: PartFormProps) {
  const { id, part, reply, errors, update } = props;
  const schema = prepared(part.schema);
  const own = errors.filter(({ path }) => path[0] === part.name);
  const state = usePartStateOf(props, schema, own);
  const now = reply.current;
  const edited = isEdited(part, now);
  const form = useContext(FormContext);
  const first = form ? firstOfPart(form, part.name) : 0;
  const untitled = characters(part.label) === 0 || isSingle(schema);
  return (
    <PartFieldset
      id={id}
      title={untitled && part.actions.length === 0 ? null : state.name}
      own={state.own}
    >
      {part.about.length > 0 && <Items items={part.about} first={first} />}
      {part.long ? (
        <LongValue item={part.long} first={first + part.about.length} />
      ) : (
        <PartStateContext.Provider value={state}>
          <SchemaForm id={id} schema={schema} />
        </PartStateContext.Provider>
      )}
      {edited && part.editable !== false && (
        <Edits
          {...props}
          schema={schema}
          reset={
            hasWayBack(schema, part, now)
              ? null
              : () => update({ ...now, values: without(now, part) }, [part.name])
          }
        />
      )}
      {part.actions.length > 0 && (
        <PartDecision {...props} name={state.name} own={own} now={now} edited={edited} />
      )}
    </PartFieldset>
  );
}

/** What is too long for a field: to be read, and approved as it is. */
function LongValue({ item, first }: { item: Item; first: number }) {
  return (
    <>
      <Items items={[{ ...item, label: [] }]} first={first} />
      <p class="note">
        Too long to be edited here. Approved, it goes on whole, exactly as proposed; answer from
        code to change it.
      </p>
    </>
  );
}

function usePartStateOf(
  props: PartFormProps,
  schema: Schema,
  own: readonly FieldError[],
): PartState {
  const { id, part, reply, locked, update, rest } = props;
  const ids = useRef(new Map<string, string>()).current;
  const facts: PartFacts = {
    id,
    name: plain(part.label) || schema.title || part.name,
    own: ["", part.name].includes(plain(part.label)) && !schema.title && part.actions.length === 0,
    labelled: isSingle(schema),
    value: reply.current.values[part.name],
    initial: part.value,
    errors: own
      .filter(({ path }) => !isOwn(part, path))
      .map(({ path, message }) => ({ path: path.slice(1), message })),
    locked,
    editable: part.editable,
    ids,
    set(path, value) {
      const touched = errorPath(reply.current.values[part.name], path);
      update(withValue(reply.current, part.name, path, value), [part.name, ...touched]);
    },
    rest,
  };
  const [state] = useState(() => new PartState(facts));
  useLayoutEffect(() => state.take(facts));
  return state;
}

interface PartFieldsetProps {
  id: string;
  title: string | null;
  /** Whether that is a word of ours. */
  own: boolean;
  children: ComponentChildren;
}

function PartFieldset({ id, title, own, children }: PartFieldsetProps) {
  if (title === null) {
    return (
      <div id={id} class="part">
        {children}
      </div>
    );
  }
  return (
    <fieldset id={id} class="part titled">
      <legend class={own ? "own" : ""}>
        <bdi>{title}</bdi>
      </legend>
      {children}
    </fieldset>
  );
}

function isSingle(schema: Schema): boolean {
  return (
    ["string", "integer", "number", "boolean", "any"].includes(schema.type ?? "") ||
    schema.options !== undefined
  );
}

function without({ values }: Reply, { name, value }: PartView): Reply["values"] {
  const { [name]: _, ...rest } = values;
  return value === undefined ? rest : { ...rest, [name]: value };
}

/** Whether the one thing that was changed has a way back beside it. */
function hasWayBack(schema: Schema, part: PartView, reply: Reply): boolean {
  const now = reply.values[part.name];
  const root = resolved(schema);
  switch (has(now, "$json") ? "any" : kindOf(root)) {
    case "object":
      return isInside(part.value ?? {}, now);
    case "array":
      return isMultipleChoice(root);
    case "entries":
      return false;
    case "union":
      return !hasGroups(root, (one) => resolved({ ...one, $defs: schema.$defs }));
    default:
      return true;
  }
}

interface EditsProps extends PartFormProps {
  schema: Schema;
  /** Back to all that was proposed, where the fields alone do not lead there. */
  reset: (() => void) | null;
}

function Edits({ id, part, schema, alone, reply, locked, reset }: EditsProps) {
  if (!part.compare && !reset) return null;
  return (
    <div class="edits">
      {part.compare && (
        <EditDifferences
          schema={schema}
          before={part.value}
          after={reply.current.values[part.name]}
        />
      )}
      {reset && (
        <OneTimeButton
          class="back"
          within={id}
          locked={locked}
          word="reset all"
          label={alone ? undefined : `reset all: ${plain(part.label) || part.name}`}
          act={reset}
        />
      )}
    </div>
  );
}
