import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { DisplayTracker } from "../evidence/display_tracker";
import { counted } from "../text/quantities";
import { isField } from "./request/shortcuts";

const KEY = "u";

interface UnseenProps {
  unseen: number;
  /** All there is, where that is known. */
  size?: number;
  accepted: boolean;
  locked: boolean;
  accept(on: boolean): void;
}

/** Say how much was never on the screen, and let a person decide without it, expressly. */
export function Unseen({ unseen, size, accepted, locked, accept }: UnseenProps) {
  const root = useRef<HTMLLabelElement>(null);
  const latest = useRef(() => {});
  latest.current = () => locked || accept(!accepted);
  useLayoutEffect(() => {
    const form = root.current?.closest("form");
    const hear = (event: KeyboardEvent) => {
      const modified = event.ctrlKey || event.metaKey || event.altKey || event.repeat;
      if (modified || event.defaultPrevented || isField(event.target)) return;
      if (event.key.toLowerCase() !== KEY) return;
      event.preventDefault();
      latest.current();
    };
    form?.addEventListener("keydown", hear);
    return () => form?.removeEventListener("keydown", hear);
  }, []);
  const of = size === undefined ? "" : ` of the ${size.toLocaleString("en")}`;
  const verb = unseen === 1 ? "has" : "have";
  return (
    <label ref={root} class="unseen-rest">
      <input
        type="checkbox"
        checked={accepted}
        disabled={locked}
        aria-keyshortcuts={KEY.toUpperCase()}
        onChange={(event) => accept(event.currentTarget.checked)}
      />
      <span>
        Approve without having seen the rest <kbd aria-hidden="true">{KEY}</kbd>
        <br />
        <span class="faint">
          {size === undefined
            ? `${counted(unseen, "character")} ${verb} not been on the screen`
            : `${unseen.toLocaleString("en")}${of} characters ${verb} not been on the screen`}
        </span>
      </span>
    </label>
  );
}

/** Draw again when more was on the screen; say how much is left to be. */
export function useUnseen(tracker: DisplayTracker): { unseen: number; size: number } {
  const [left, setLeft] = useState(() => tracker.left());
  useLayoutEffect(() => {
    const hear = () =>
      setLeft((before) => {
        const now = tracker.left();
        return now.unseen === before.unseen ? before : now;
      });
    hear();
    return tracker.listen(hear);
  }, [tracker]);
  return left;
}
