import { useRef } from "preact/hooks";
import { blank } from "../schema/blank";
import { branchName } from "../schema/descriptions";
import { isGroup, isNull } from "../schema/field_kinds";
import { branchOf, get, has, type Notation } from "../schema/notation";
import type { Option, Resolve, Schema } from "../schema/schema";
import { isSecret } from "../schema/secrets";
import { ChoiceField } from "./choice_field";
import type { ContainerProps } from "./field_props";
import { NestedField } from "./nested_field";
import { ReadOnly } from "./read_only";

/** Whether one of the branches is a group of fields. */
export function hasGroups(schema: Schema, resolve: Resolve): boolean {
  return (schema.branches ?? []).some((one) => isGroup(resolve(one)));
}

/** Choose what kind of value it is, then fill it in; of an optional one, whether there is one. */
export function UnionField({ of, field, resolve, fixed }: ContainerProps) {
  const { schema, value, name, set } = field;
  const branches = (schema.branches ?? []).map(resolve);
  const chosen = branchOf(value);
  // What was filled in comes back when its branch is chosen again.
  const kept = useRef(new Map<number, Notation>());
  const choose = (next: Notation) => {
    const index = has(next, "$number") ? Number(next.$number) : null;
    if (index === null || index === chosen) return;
    if (chosen !== null) kept.current.set(chosen, value);
    const start = blank(schema.branches?.[index] ?? {}, resolve);
    const fresh = { $branch: index, ...(start !== undefined && { value: start }) };
    set(kept.current.get(index) ?? fresh);
  };
  const branch = chosen === null ? null : (schema.branches?.[chosen] ?? null);
  const empty = chosen === null || isNull(branches[chosen] ?? {});
  if (fixed && empty)
    return <ReadOnly value={chosen === null ? undefined : null} schema={schema} />;
  return (
    <div class="union">
      {!fixed && (
        <ChoiceField
          {...field}
          value={chosen === null ? undefined : { $number: String(chosen) }}
          schema={{ options: optionsOf(branches) }}
          set={choose}
        />
      )}
      {branch && !empty && (
        <NestedField
          key={chosen}
          of={of}
          keys={["value"]}
          schema={isSecret(schema) ? { ...branch, writeOnly: true } : branch}
          place={{ name, fixed }}
        />
      )}
    </div>
  );
}

function optionsOf(branches: Schema[]): Option[] {
  const optional = branches.length === 2 && branches.filter(isNull).length === 1;
  const names = branches.map((one) => {
    if (isNull(one)) return "none";
    return optional ? "set" : branchName(one);
  });
  const options = names.map((title, index) => ({
    const: index,
    title: names.indexOf(title) === index ? title : `${title} (${index + 1})`,
  }));
  // None first, as it is the way back.
  return options.sort(
    (one, other) => Number(other.title === "none") - Number(one.title === "none"),
  );
}

/** Whether a field of its own is drawn for what was chosen. */
export function isDrawn(schema: Schema, value: Notation, resolve: Resolve): boolean {
  const chosen = branchOf(value);
  const branch = chosen === null ? undefined : schema.branches?.[chosen];
  return branch !== undefined && !isNull(resolve(branch)) && get(value, ["$branch"]) !== undefined;
}
