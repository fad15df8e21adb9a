import { blank } from "../schema/blank";
import { entriesOf, type Notation, UNSET } from "../schema/notation";
import type { Schema } from "../schema/schema";
import type { ContainerProps } from "./field_props";
import { FIRST, Tool, useRowFocus, useRows } from "./list_rows";
import { NestedField } from "./nested_field";
import { usePartState } from "./part_state";
import { TextBox } from "./text_box";

interface EntriesProps extends ContainerProps {
  inside: Schema;
}

/** A dict with keys of its own, row by row. */
export function EntriesField({ of, field, resolve, fixed, inside }: EntriesProps) {
  const { path, value, name, id, locked, invalid, described } = field;
  const part = usePartState();
  const rows = entriesOf(value);
  const keys = useRows(rows.length);
  const { list, want } = useRowFocus();
  const set = (next: [string, Notation][]) => part.set([...path, "$entries"], next);

  const add = () => {
    set([...rows, ["", blank(inside, resolve) ?? UNSET]]);
    want({ row: rows.length, selector: FIRST });
  };
  const remove = (index: number) => {
    keys.splice(index, 1);
    set(rows.filter((_, other) => other !== index));
    want({ row: Math.min(index, rows.length - 2), selector: ".remove" });
  };
  const rename = (index: number, key: string) => part.set([...path, "$entries", index, 0], key);

  return (
    <div class="list entries">
      {rows.length === 0 && <span class="faint">empty</span>}
      <ul ref={list}>
        {rows.map(([key], index) => (
          <li key={keys[index]}>
            {fixed ? (
              <span class="hitl-label">{key}</span>
            ) : (
              <TextBox
                id={`${id}-key-${index}`}
                label={`${name}, key ${index + 1}`}
                class="key"
                described={described}
                invalid={invalid}
                locked={locked}
                text={key}
                hint="key"
                rest={part.rest}
                write={(next) => rename(index, next)}
              />
            )}
            <NestedField
              of={of}
              keys={["$entries", index, 1]}
              schema={inside}
              place={{ name: `${name}, ${key === "" ? `value ${index + 1}` : key}`, fixed }}
            />
            {!fixed && (
              <span class="tools">
                <Tool
                  class="remove"
                  name={`remove ${key || `entry ${index + 1}`} from ${name}`}
                  off={locked}
                  act={() => remove(index)}
                >
                  ×
                </Tool>
              </span>
            )}
          </li>
        ))}
      </ul>
      {!fixed && (
        <Tool class="add" name={`add to ${name}`} off={locked} act={add}>
          + add
        </Tool>
      )}
    </div>
  );
}

/** What an object holds beside its properties. */
export function OthersField(props: EntriesProps) {
  const { field, fixed } = props;
  const none = entriesOf(field.value).length === 0;
  if (fixed && none) return null;
  const name = field.name === "" ? "others" : `${field.name}, others`;
  return (
    <div class="field">
      <span class="hitl-label own">others</span>
      <div class="control">
        <EntriesField {...props} field={{ ...field, name, id: `${field.id}-others` }} />
      </div>
    </div>
  );
}
