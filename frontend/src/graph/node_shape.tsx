import type { DrawnNode } from "../messages";
import type { Box } from "./layout";

export type State = DrawnNode["state"];

export const SAID: Record<State, string> = {
  idle: "not run yet",
  running: "running",
  waiting: "waiting",
  done: "done",
  failed: "failed",
};

/** Each state has a sign and a shape of its own, so that colour is not needed to tell them. */
const SIGNS: Record<Exclude<State, "idle">, string> = {
  running: "M -3 -4 L 4 0 L -3 4 Z",
  waiting: "M -4 0 A 4 4 0 1 1 4 0 A 4 4 0 1 1 -4 0 Z",
  done: "M -4 0.5 L -1 3.5 L 4 -3.5",
  failed: "M -3.5 -3.5 L 3.5 3.5 M 3.5 -3.5 L -3.5 3.5",
};

export function Sign({ state, x }: { state: State; x: number }) {
  return state === "idle" ? null : (
    <path class="sign" transform={`translate(${x} 0)`} d={SIGNS[state]} />
  );
}

/** The outline of a node: rounded; of a waiting one pointed, of a failed one with cut corners. */
export function Outline({ box, kind, state }: { box: Box } & Pick<DrawnNode, "kind" | "state">) {
  const [w, h] = [box.width / 2, box.height / 2];
  if (kind === "start" || kind === "end") return <Rounded w={w} h={h} r={h} />;
  if (kind === "unknown") return <Rounded w={w} h={h} r={4} dashed />;
  return (
    <>
      {state === "waiting" && <Cut w={w} h={h} x={9} y={h} />}
      {state === "failed" && <Cut w={w} h={h} x={6} y={6} />}
      {state !== "waiting" && state !== "failed" && <Rounded w={w} h={h} r={4} />}
      {state === "running" && <Rounded w={w - 3} h={h - 3} r={2} inner />}
      {kind === "subgraph" && (
        <path class="inner" d={`M ${5 - w} ${2 - h} V ${h - 2} M ${w - 5} ${2 - h} V ${h - 2}`} />
      )}
    </>
  );
}

interface RoundedProps {
  w: number;
  h: number;
  r: number;
  inner?: boolean;
  dashed?: boolean;
}

function Rounded({ w, h, r, inner, dashed }: RoundedProps) {
  const name = inner ? "inner" : dashed ? "outline dashed" : "outline";
  return <rect class={name} x={-w} y={-h} width={2 * w} height={2 * h} rx={r} />;
}

/** A box without its corners, which are `x` wide and `y` high. */
function Cut({ w, h, x, y }: { w: number; h: number; x: number; y: number }) {
  const corners = [
    [x - w, -h],
    [w - x, -h],
    [w, y - h],
    [w, h - y],
    [w - x, h],
    [x - w, h],
    [-w, h - y],
    [-w, y - h],
  ];
  return <polygon class="outline" points={corners.map((corner) => corner.join()).join(" ")} />;
}
