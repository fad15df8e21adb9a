import { useRef } from "preact/hooks";
import { equal } from "../schema/notation";

/** Give back what was given before while nothing in it changed: every message makes all anew. */
export function useStable<Value>(value: Value): Value {
  const kept = useRef(value);
  if (!equal(kept.current, value)) kept.current = value;
  return kept.current;
}
