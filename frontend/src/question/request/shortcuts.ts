import { isSubmitKey } from "../../keyboard/submit_key";
import type { ActionView } from "../../messages";

/** Whether a key belongs to what has the keyboard, as it would be typed there. */
export function isField(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  return target.matches("textarea, select, input:not([type=radio], [type=checkbox], [type=file])");
}

/** Find what a key does. A held key does nothing: it would answer the question that comes next. */
export function actionFor(
  event: KeyboardEvent,
  actions: readonly ActionView[],
  typing: boolean,
): ActionView | null {
  if (event.repeat || event.isComposing) return null;
  if (isSubmitKey(event)) return actions.find(({ primary }) => primary) ?? null;
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return null;
  const letter = event.key.toLowerCase();
  return actions.find(({ key }) => key !== "" && key === letter) ?? null;
}
