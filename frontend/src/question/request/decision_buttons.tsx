import type { ComponentChildren, TargetedKeyboardEvent } from "preact";
import { ActionButton } from "../../components/action_button";
import { isSubmitKey } from "../../keyboard/submit_key";
import type { ActionView } from "../../messages";
import { Marked } from "../../text/marked_text";
import { asEdited } from "./reply";

interface DecisionButtonsProps {
  actions: ActionView[];
  edited: boolean;
  locked: boolean;
  status: ComponentChildren;
  labelledby: string;
  act(action: ActionView): void;
}

/** What may be decided, with the keys that do it. */
export function DecisionButtons({
  actions,
  edited,
  locked,
  status,
  labelledby,
  act,
}: DecisionButtonsProps) {
  return (
    <div
      class="actions"
      role="group"
      aria-labelledby={labelledby}
      onKeyDown={withoutEnter(actions)}
    >
      {status}
      {actions.map((action) => (
        <ActionButton
          key={action.name}
          class={action.primary ? "primary" : ""}
          locked={locked}
          shortcut={[action.key.toUpperCase(), action.primary && "Control+Enter"]
            .filter(Boolean)
            .join(" ")}
          act={() => act(action)}
        >
          <Marked text={asEdited(action, edited).label} />
          {action.key && <kbd aria-hidden="true">{action.key}</kbd>}
          {action.primary && <kbd aria-hidden="true">Ctrl+Enter</kbd>}
        </ActionButton>
      ))}
    </div>
  );
}

/** A bare Enter approves nothing, wherever the keyboard is; space, letter and Ctrl+Enter do. */
function withoutEnter(actions: ActionView[]) {
  return (event: TargetedKeyboardEvent<HTMLDivElement>) => {
    const button = event.target instanceof Element && event.target.closest("button");
    const index = button ? [...event.currentTarget.querySelectorAll("button")].indexOf(button) : -1;
    if (event.key === "Enter" && !isSubmitKey(event) && actions[index]?.primary) {
      event.preventDefault();
    }
  };
}
