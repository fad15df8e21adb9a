import type { TargetedKeyboardEvent, TargetedMouseEvent } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { ErrorList } from "../components/error_list";
import { moveAlong, useTabStop } from "../keyboard/arrow_keys";
import type { Button, ViewState } from "../messages";
import { characters, Marked, plain } from "../text/marked_text";
import { locked } from "../widget/submission";
import { Unconfirmed } from "../widget/unconfirmed";
import type { ButtonPresses } from "./button_press";

interface ToolbarProps {
  id: string;
  progress: ViewState["progress"];
  buttons: Button[];
  presses: ButtonPresses;
  live: boolean;
}

/** Buttons that need a path, and what to call the field it is typed into. */
const PATHS: Partial<Record<Button["name"], string>> = {
  export: "export to file",
  load: "load from file",
};

/** How far the run is, and what can be done with it. */
export function Toolbar({ id, progress, buttons, presses, live }: ToolbarProps) {
  const [asking, ask] = useState<Button["name"] | null>(null);
  const [reason, explain] = useState("");
  const tools = useRef<HTMLDivElement>(null);
  const field = buttons.find(({ name }) => name === asking);
  const leave = () => {
    ask(null);
    const root = tools.current?.getRootNode() as Document | ShadowRoot | undefined;
    // The field is there until the next drawing, which would leave the keyboard to the page.
    const inside = root?.activeElement?.closest(".path");
    if (inside) tools.current?.querySelector<HTMLElement>(`[data-name="${asking}"]`)?.focus();
  };
  const accepted = useRef(presses.accepted);
  useEffect(() => {
    if (accepted.current !== presses.accepted && presses.button === asking) leave();
    accepted.current = presses.accepted;
  }, [presses.accepted]);
  const use = (button: Button) => {
    explain(button.enabled && live ? "" : plain(button.title));
    if (!button.enabled || !live) return;
    if (button.name in PATHS) ask(asking === button.name ? null : button.name);
    else presses.press(button.name);
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
            <Buttons buttons={buttons} off={!live || locked(presses)} asking={asking} use={use} />
          </div>
        )}
      </div>
      {field && (
        <PathField
          key={field.name}
          id={`${id}-path`}
          button={field}
          presses={presses}
          leave={leave}
        />
      )}
      <div class="words">
        <p class="reason" role="status">
          <bdi>{reason}</bdi>
        </p>
        <ErrorList id={`${id}-errors`} errors={presses.errors} />
        <Unconfirmed phase={presses.phase} />
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

function Buttons({ buttons, off, asking, use }: ButtonsProps) {
  const tabStop = useTabStop(buttons.map(({ name }) => name));
  return (
    <>
      {buttons.map((button) => (
        <button
          key={button.name}
          type="button"
          class="tool"
          data-name={button.name}
          title={plain(button.title)}
          tabIndex={button.name === tabStop.stop ? 0 : -1}
          aria-disabled={off || !button.enabled}
          aria-expanded={button.name in PATHS ? asking === button.name : undefined}
          onFocus={() => tabStop.use(button.name)}
          onClick={(event: TargetedMouseEvent<HTMLButtonElement>) =>
            event.detail < 2 && use(button)
          }
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
  presses: ButtonPresses;
  leave(): void;
}

/** Where to export to or load from. */
function PathField({ id, button, presses, leave }: PathFieldProps) {
  const field = useRef<HTMLInputElement>(null);
  const [missing, setMissing] = useState(false);
  useLayoutEffect(() => field.current?.focus(), []);
  const wrong = missing || (presses.errors.length > 0 && presses.button === button.name);
  const go = () => {
    const path = field.current?.value.trim() ?? "";
    setMissing(path === "");
    if (path === "") field.current?.focus();
    else presses.press(button.name, path);
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
        readOnly={locked(presses)}
        aria-invalid={wrong}
        aria-describedby={missing ? `${id}-missing` : undefined}
        onKeyDown={key}
      />
      <button type="button" class="tool" aria-disabled={locked(presses)} onClick={go}>
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
