import type { TargetedKeyboardEvent, TargetedMouseEvent } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Errors } from "../components/action_button";
import type { Button, ViewState } from "../messages";
import type { Pressing } from "./button_press";
import { moveAlong } from "../keyboard/arrow_keys";
import { locked } from "../widget/submission";
import { characters, Marked, plain } from "../text/marked_text";
import { Unanswered } from "../widget/unconfirmed";

interface BarProps {
  id: string;
  progress: ViewState["progress"];
  buttons: Button[];
  pressing: Pressing;
  live: boolean;
}

/** Buttons that need a path, and what to call the field it is typed into. */
const PATHS: Partial<Record<Button["name"], string>> = {
  export: "export to file",
  load: "load from file",
};

/** How far the run is, and what can be done with it. */
export function Bar({ id, progress, buttons, pressing, live }: BarProps) {
  const [asking, ask] = useState<Button["name"] | null>(null);
  const [reason, explain] = useState("");
  const tools = useRef<HTMLDivElement>(null);
  const field = buttons.find(({ name }) => name === asking);
  const leave = () => {
    ask(null);
    const root = tools.current?.getRootNode() as Document | ShadowRoot | undefined;
    const inside = root?.activeElement?.closest(".path");
    if (inside) tools.current?.querySelector<HTMLElement>(`[data-name="${asking}"]`)?.focus();
  };
  const granted = useRef(pressing.granted);
  useEffect(() => {
    if (granted.current !== pressing.granted && pressing.button === asking) leave();
    granted.current = pressing.granted;
  }, [pressing.granted]);
  const use = (button: Button) => {
    explain(button.enabled && live ? "" : plain(button.title));
    if (!button.enabled || !live) return;
    if (button.name in PATHS) ask(asking === button.name ? null : button.name);
    else pressing.press(button.name);
  };
  return (
    <>
      <div class="bar">
        <p class="reached">
          <Marked text={progress.text} />
        </p>
        {buttons.length > 0 && (
          <div
            ref={tools}
            class="tools"
            role="toolbar"
            aria-label="run"
            onKeyDown={(event) => void moveAlong(event, "button")}
          >
            <Buttons
              buttons={buttons}
              off={!live || locked(pressing)}
              asking={asking}
              use={use}
            />
          </div>
        )}
      </div>
      {field && (
        <PathField
          key={field.name}
          id={`${id}-path`}
          button={field}
          pressing={pressing}
          leave={leave}
        />
      )}
      <div class="words">
        <p class="reason" role="status">
          <bdi>{reason}</bdi>
        </p>
        <Errors
          id={`${id}-errors`}
          errors={pressing.errors.map(({ message }) => message)}
        />
        <Unanswered phase={pressing.phase} />
      </div>
    </>
  );
}

interface ButtonsProps {
  buttons: Button[];
  off: boolean;
  asking: Button["name"] | null;
  use(button: Button): void;
}

/** One of them has the tab stop: the one last used, else the first. */
function Buttons({ buttons, off, asking, use }: ButtonsProps) {
  const [last, setLast] = useState<Button["name"] | null>(null);
  const stop = buttons.some(({ name }) => name === last) ? last : buttons[0]?.name;
  return (
    <>
      {buttons.map((button) => (
        <button
          key={button.name}
          type="button"
          class="tool"
          data-name={button.name}
          title={plain(button.title)}
          tabIndex={button.name === stop ? 0 : -1}
          aria-disabled={off || !button.enabled}
          aria-expanded={button.name in PATHS ? asking === button.name : undefined}
          onFocus={() => setLast(button.name)}
          onClick={(event: TargetedMouseEvent<HTMLButtonElement>) => event.detail < 2 && use(button)}
        >
          <Marked text={button.label} />
        </button>
      ))}
    </>
  );
}

interface PathFieldProps {
  id: string;
  button: Button;
  pressing: Pressing;
  leave(): void;
}

/** Where to export to or load from. */
function PathField({ id, button, pressing, leave }: PathFieldProps) {
  const field = useRef<HTMLInputElement>(null);
  const [missing, setMissing] = useState(false);
  useLayoutEffect(() => field.current?.focus(), []);
  const wrong = missing || (pressing.errors.length > 0 && pressing.button === button.name);
  const go = () => {
    const path = field.current?.value.trim() ?? "";
    setMissing(path === "");
    if (path === "") field.current?.focus();
    else pressing.press(button.name, path);
  };
  const key = (event: TargetedKeyboardEvent<HTMLInputElement>) => {
    if (event.isComposing || event.repeat) return;
    if (event.key === "Enter") go();
    else if (event.key === "Escape") leave();
    else return;
    event.preventDefault();
  };
  return (
    <div class="path" role="group" aria-label={PATHS[button.name]}>
      <label for={id}>{PATHS[button.name]}</label>
      <input
        ref={field}
        id={id}
        type="text"
        spellcheck={false}
        autocomplete="off"
        readOnly={locked(pressing)}
        aria-invalid={wrong}
        aria-describedby={missing ? `${id}-missing` : undefined}
        onKeyDown={key}
      />
      <button type="button" class="tool" aria-disabled={locked(pressing)} onClick={go}>
        {characters(button.label) > 0 ? <Marked text={button.label} /> : button.name}
      </button>
      <button type="button" class="tool" onClick={leave}>
        Cancel
      </button>
      <p id={`${id}-missing`} class="errors" role="alert">
        {missing && "Type a path first."}
      </p>
    </div>
  );
}
