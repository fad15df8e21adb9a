import { blank } from "../schema/blank";
import { type Notation, UNSET } from "../schema/notation";
import type { Schema } from "../schema/schema";
import type { ContainerProps } from "./field_props";
import { FIRST, Tool, useRowFocus, useRows } from "./list_rows";
import { NestedField } from "./nested_field";

export function ListField({ of, field, resolve, fixed }: ContainerProps) {
  const { schema, value, name, locked, set } = field;
  const items: Notation[] = Array.isArray(value) ? value : [];
  const tuple = schema.tuple ?? [];
  const count = Math.max(items.length, tuple.length);
  const keys = useRows(count);
  const { list, want } = useRowFocus();
  const whole = Array.from({ length: count }, (_, index) => items[index] ?? UNSET);
  const inside = (index: number): Schema => tuple[index] ?? schema.item ?? {};

  const add = () => {
    set([...whole, blank(inside(count), resolve) ?? UNSET]);
    want({ row: count, selector: FIRST });
  };
  const remove = (index: number) => {
    keys.splice(index, 1);
    set(whole.filter((_, other) => other !== index));
    want({ row: Math.min(index, count - 2), selector: ".remove" });
  };
  const move = (from: number, to: number) => {
    const reordered = (list: unknown[]) => {
      const [moved] = list.splice(from, 1);
      list.splice(to, 0, moved);
      return list;
    };
    reordered(keys);
    set(reordered([...whole]));
    want({ row: to, selector: to < from ? ".up" : ".down" });
  };

  const full = schema.maxItems !== undefined && count >= schema.maxItems;
  const movable = count - tuple.length > 1;
  return (
    <div class="list">
      {count === 0 && <span class="faint">empty</span>}
      <ul ref={list}>
        {keys.map((key, index) => (
          <li key={key}>
            <NestedField
              of={of}
              keys={[index]}
              schema={inside(index)}
              place={{ name: `${name} ${index + 1}`, fixed }}
            />
            {!fixed && index >= tuple.length && (
              <span class="tools">
                {movable && (
                  <Tool
                    class="up"
                    name={`move ${name} ${index + 1} up`}
                    off={locked || index === tuple.length}
                    act={() => move(index, index - 1)}
                  >
                    ↑
                  </Tool>
                )}
                {movable && (
                  <Tool
                    class="down"
                    name={`move ${name} ${index + 1} down`}
                    off={locked || index === count - 1}
                    act={() => move(index, index + 1)}
                  >
                    ↓
                  </Tool>
                )}
                <Tool
                  class="remove"
                  name={`remove ${name} ${index + 1}`}
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
      {!fixed && schema.item && (
        <Tool class="add" name={`add to ${name}`} off={locked || full} act={add}>
          + add
        </Tool>
      )}
    </div>
  );
}
