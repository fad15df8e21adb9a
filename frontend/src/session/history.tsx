import { useEffect, useRef, useState } from "preact/hooks";
import { Items } from "../evidence/items";
import type { CheckpointHistory } from "../messages";
import { Marked, plain } from "../text/marked_text";
import type { Kernel } from "../widget/kernel";
import type { RunSide } from "./button_press";

/** Milliseconds between two requests. */
const PACE = 100;

interface HistoryProps {
  id: string;
  past: CheckpointHistory;
  kernel: Kernel;
  thread: RunSide;
  live: boolean;
}

/** A slider over the history, and the state at the checkpoint it stands at. */
export function History({ id, past, kernel, thread, live }: HistoryProps) {
  const { moments, at, items, changed } = past;
  const look = useCheckpointRequests(kernel, thread);
  // Where the slider was moved to, until the kernel shows that; empty for now.
  const [wanted, want] = useState<string | null>(null);
  const last = moments.length - 1;
  const placeOf = (checkpoint: string) => {
    const found = moments.findIndex((one) => one.id === checkpoint);
    return found < 0 ? last : found;
  };
  const shown = placeOf(at ?? "");
  const place = wanted === null ? shown : placeOf(wanted);
  const moment = moments[place];
  useEffect(() => {
    if (wanted !== null && (at ?? "") === wanted) want(null);
  }, [at, wanted]);
  const go = (to: number) => {
    const place = Math.max(0, Math.min(to, last));
    const there = moments[place];
    if (!live || !there || there === moment) return;
    const checkpoint = place === last ? "" : there.id;
    want(checkpoint);
    look(checkpoint);
  };
  const now = at === null && place === last;
  const label = plain(moment?.label ?? []);
  return (
    <div class="past" role="group" aria-labelledby={`${id}-name`}>
      <div class="slider">
        <label id={`${id}-name`} for={`${id}-slider`}>
          history
        </label>
        <Turn sign="◂" name="previous" off={!live || place <= 0} act={() => go(place - 1)} />
        <input
          id={`${id}-slider`}
          type="range"
          min={0}
          max={last}
          step={1}
          value={place}
          disabled={!live}
          aria-valuetext={label}
          onInput={(event) => go(Number(event.currentTarget.value))}
        />
        <Turn sign="▸" name="next" off={!live || place >= last} act={() => go(place + 1)} />
        <button
          type="button"
          class="tool"
          aria-disabled={!live || now}
          title="Look at the state as it is now"
          onClick={() => {
            if (!live || now) return;
            want("");
            look("");
          }}
        >
          Now
        </button>
        <span class="moment">
          <Marked text={moment?.label ?? []} />
        </span>
      </div>
      {at !== null && (
        <div class="then" aria-busy={place !== shown}>
          {items.length > 0 ? (
            <Items key={at} items={items} changed={new Set(changed)} />
          ) : (
            <p class="faint">no state yet</p>
          )}
        </div>
      )}
    </div>
  );
}

interface TurnProps {
  sign: string;
  name: string;
  off: boolean;
  act(): void;
}

function Turn({ sign, name, off, act }: TurnProps) {
  return (
    <button
      type="button"
      class="tool turn"
      title={name}
      aria-label={`${name} step`}
      aria-disabled={off}
      onClick={() => off || act()}
    >
      {sign}
    </button>
  );
}

/** Ask to look back, at most once in a while; the last request is never lost. */
function useCheckpointRequests(kernel: Kernel, thread: RunSide): (checkpoint: string) => void {
  const kept = useRef<{ timer: number; next: string | null }>({ timer: 0, next: null }).current;
  useEffect(() => () => clearTimeout(kept.timer), []);
  const send = (checkpoint: string) => {
    kernel.send({ type: "look", thread, checkpoint });
    kept.next = null;
    kept.timer = window.setTimeout(() => {
      kept.timer = 0;
      if (kept.next !== null) send(kept.next);
    }, PACE);
  };
  return (checkpoint) => {
    if (kept.timer === 0) send(checkpoint);
    else kept.next = checkpoint;
  };
}
