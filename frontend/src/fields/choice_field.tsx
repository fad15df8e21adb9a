import type { TargetedEvent } from "preact";
import { equal, has, type Notation, notated } from "../schema/notation";
import type { Option } from "../schema/schema";
import type { FieldProps } from "./field_props";

const MOST_RADIOS = 6;

function isChosen(option: Option, value: Notation): boolean {
  if (typeof option.const !== "number") return value !== undefined && equal(option.const, value);
  return (
    has(value, "$number") &&
    String(value.$number).trim() !== "" &&
    Number(value.$number) === option.const
  );
}

export function ChoiceField(props: FieldProps) {
  const options = props.schema.options ?? [];
  if (options.length > MOST_RADIOS) return <Select {...props} options={options} />;
  return <Radios {...props} options={options} />;
}

const YES_OR_NO: Option[] = [
  { const: true, title: "yes" },
  { const: false, title: "no" },
];

/** Yes, no, or not answered yet. */
export function YesOrNoField(props: FieldProps) {
  return <Radios {...props} options={YES_OR_NO} inline />;
}

interface RadiosProps extends FieldProps {
  options: Option[];
  inline?: boolean;
}

export function Radios({ options, inline, ...props }: RadiosProps) {
  const { id, value, locked, set } = props;
  const short =
    inline || options.every(({ title, description }) => title.length < 25 && !description);
  return (
    <div
      id={id}
      class={short ? "radios inline" : "radios"}
      role="radiogroup"
      aria-label={props.name}
      aria-required={props.required || undefined}
      aria-invalid={props.invalid}
      aria-describedby={props.described}
    >
      {options.map((option, index) => (
        <Radio
          key={index}
          group={id}
          option={option}
          chosen={isChosen(option, value)}
          locked={locked}
          choose={() => set(notated(option.const))}
        />
      ))}
    </div>
  );
}

interface RadioProps {
  group: string;
  option: Option;
  chosen: boolean;
  locked: boolean;
  choose(): void;
}

export function Radio({ group, option, chosen, locked, choose }: RadioProps) {
  return (
    <label class="option">
      <input
        type="radio"
        name={group}
        checked={chosen}
        aria-disabled={locked || undefined}
        onClick={(event) => locked && event.preventDefault()}
        onChange={(event) => keep(event, chosen, locked, choose)}
      />
      <span>
        <bdi>{option.title}</bdi>
        {option.description && <small>{option.description}</small>}
      </span>
    </label>
  );
}

function keep(
  event: TargetedEvent<HTMLInputElement>,
  was: boolean,
  locked: boolean,
  act: () => void,
): void {
  if (locked) event.currentTarget.checked = was;
  else act();
}

/** Starts with no choice, so that nothing is answered by not choosing. */
function Select({ options, ...props }: RadiosProps) {
  const { id, value, locked, set } = props;
  const chosen = options.findIndex((option) => isChosen(option, value));
  const choose = (text: string) => set(notated(options[Number(text)]?.const));
  return (
    <select
      id={id}
      value={chosen < 0 ? "" : String(chosen)}
      disabled={locked}
      aria-label={props.name}
      aria-required={props.required || undefined}
      aria-invalid={props.invalid}
      aria-describedby={props.described}
      onChange={(event) => choose(event.currentTarget.value)}
    >
      <option value="" disabled>
        Choose…
      </option>
      {options.map(({ title }, index) => (
        <option key={index} value={String(index)}>
          {title}
        </option>
      ))}
    </select>
  );
}

/** Several of a choice, in its order. */
export function MultipleChoiceField(props: FieldProps) {
  const { id, schema, value, locked, set } = props;
  const options = schema.item?.options ?? [];
  const held: Notation[] = Array.isArray(value) ? value : [];
  const toggle = (option: Option, on: boolean) =>
    set(
      options
        .filter((one) => (one === option ? on : held.some((item) => isChosen(one, item))))
        .map((one) => notated(one.const)),
    );
  return (
    <div
      id={id}
      class={options.every(({ description }) => !description) ? "radios inline" : "radios"}
      role="group"
      aria-label={props.name}
      aria-describedby={props.described}
      data-invalid={props.invalid || undefined}
    >
      {options.map((option, index) => {
        const on = held.some((item) => isChosen(option, item));
        return (
          <label key={index} class="option">
            <input
              type="checkbox"
              checked={on}
              aria-disabled={locked || undefined}
              onClick={(event) => locked && event.preventDefault()}
              onChange={(event) => keep(event, on, locked, () => toggle(option, !on))}
            />
            <span>
              <bdi>{option.title}</bdi>
              {option.description && <small>{option.description}</small>}
            </span>
          </label>
        );
      })}
    </div>
  );
}
