import { useRef, useState } from "preact/hooks";
import { ActionButton } from "../components/action_button";
import { ErrorList } from "../components/error_list";
import type { OptionsControl } from "../messages";
import { Marked, plain } from "../text/marked_text";
import type { ControlProps } from "./control_props";

type OptionsProps = ControlProps<OptionsControl>;

function choose({ control, submit }: OptionsProps, choice: number): void {
  const label = control.choices[choice]?.label;
  if (label) submit({ choice, label: plain(label) });
}

/** All choices look alike: which one is safe is for the person to say. */
export function OptionButtons(props: OptionsProps) {
  const { control, id, locked, errors, status } = props;
  return (
    <>
      <ErrorList id={`${id}-errors`} errors={errors} />
      <div class="actions" role="group" aria-labelledby={`${id}-heading`}>
        {status}
        {control.choices.map(({ label }, choice) => (
          <ActionButton key={choice} locked={locked} act={() => choose(props, choice)}>
            <Marked text={label} />
          </ActionButton>
        ))}
      </div>
    </>
  );
}

/** Starts empty, so that no answer is given by not choosing. */
export function OptionDropdown(props: OptionsProps) {
  const { control, id, locked, errors, status } = props;
  const select = useRef<HTMLSelectElement>(null);
  const [chosen, setChosen] = useState("");
  const submit = () => choose(props, Number(select.current?.value || -1));
  return (
    <>
      <div class="field">
        <label for={`${id}-field`}>answer</label>
        <select
          ref={select}
          id={`${id}-field`}
          value={chosen}
          disabled={locked}
          aria-invalid={errors.length > 0}
          aria-describedby={`${id}-errors`}
          onChange={(event) => setChosen(event.currentTarget.value)}
        >
          <option value="" disabled>
            Choose…
          </option>
          {control.choices.map(({ label }, choice) => (
            <option key={choice} value={String(choice)}>
              {plain(label)}
            </option>
          ))}
        </select>
        <ErrorList id={`${id}-errors`} errors={errors} />
      </div>
      <div class="actions">
        {status}
        <ActionButton locked={locked || chosen === ""} act={submit}>
          Submit
        </ActionButton>
      </div>
    </>
  );
}
