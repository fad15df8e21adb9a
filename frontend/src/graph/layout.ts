import { Graph, layout } from "@dagrejs/dagre";
import type { Drawing } from "../messages";
import { plain } from "../text/marked_text";

export interface Point {
  x: number;
  y: number;
}

/** A node's place: its middle, and its size. */
export interface Box extends Point {
  width: number;
  height: number;
}

export interface Line {
  points: Point[];
  /** Where its word stands. */
  word: Point;
}

export interface Layout {
  nodes: Map<string, Box>;
  /** In the order of the edges; null where an edge leads nowhere. */
  lines: (Line | null)[];
  width: number;
  height: number;
}

export type Direction = "LR" | "TB";

export const LONGEST = 22;
const HEIGHT = 28;
const MARGIN = 6;
/** Room for the sign of a state, and around the label. */
const BESIDE = 46;
/** How much wider a label is once its node waits or has failed. */
const BOLD = 1.17;
/** How far lines stand from each other, and at least from a node. */
const APART = 10;
/** How far a line from a node to itself reaches out, and how wide it is. */
const LOOP = 18;

/** Give every node and edge a place; states play no part in it. */
export function arrange({ nodes, edges }: Drawing, direction: Direction): Layout {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({
    rankdir: direction,
    nodesep: direction === "LR" ? 12 : 16,
    edgesep: APART,
    ranksep: direction === "LR" ? 34 : 18,
    marginx: MARGIN,
    marginy: MARGIN,
  });
  for (const { id, label, kind } of nodes) {
    const ends = kind === "start" || kind === "end" || kind === "unknown";
    const word = widthOf(shortened(plain(label)));
    const width = ends ? word + 20 : BOLD * word + BESIDE;
    graph.setNode(id, { width: Math.ceil(width), height: ends ? 22 : HEIGHT });
  }
  const known = new Set(nodes.map(({ id }) => id));
  edges.forEach(({ source, target, label }, index) => {
    if (!known.has(source) || !known.has(target)) return;
    const word = sizeOf(shortened(plain(label)));
    const size = source === target ? roomOf(word, direction) : word;
    graph.setEdge(source, target, { ...size, labelpos: "c" }, String(index));
  });
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const boxes = new Map([...known].map((id) => [id, graph.node(id) as unknown as Box]));
  const lines = edges.map(({ source, target, label }, index) => {
    const box = boxes.get(source);
    if (box && source === target) return loop(box, sizeOf(shortened(plain(label))), direction);
    const line = graph.edge(source, target, String(index)) as (Point & Line) | undefined;
    return line ? { points: line.points, word: { x: line.x, y: line.y } } : null;
  });
  return { nodes: boxes, lines, width: Math.ceil(width), height: Math.ceil(height) };
}

type Size = Pick<Box, "width" | "height">;

function sizeOf(word: string): Size {
  return word ? { width: widthOf(word) + 8, height: 16 } : { width: 0, height: 0 };
}

/** The room for a loop and its word, beyond that which any line has from its node. */
function roomOf(word: Size, direction: Direction): Size {
  const out = LOOP - APART;
  return direction === "LR"
    ? { width: Math.max(LOOP, word.width), height: out + word.height }
    : { width: out + word.width, height: Math.max(LOOP, word.height) };
}

/** Lead from a node back to itself: below it, or to its right where the graph goes down. */
function loop({ x, y, width, height }: Box, word: Size, direction: Direction): Line {
  const place = (out: number, along: number): Point =>
    direction === "LR"
      ? { x: x + along, y: y + height / 2 + out }
      : { x: x + width / 2 + out, y: y + along };
  const half = LOOP / 2;
  return {
    points: [place(0, -half * 0.7), place(LOOP, -half), place(LOOP, half), place(0, half * 0.7)],
    word: place(LOOP + (direction === "LR" ? word.height : word.width) / 2, 0),
  };
}

export function shortened(label: string): string {
  const all = [...label];
  return all.length > LONGEST ? `${all.slice(0, LONGEST - 1).join("")}…` : label;
}

const NARROW = /[fijlrtI.,:;'|!()[\] ]/;
const WIDE = /[mwMWQ@%…]/;

/** Guess how wide a label will be, a little too wide; nothing on the page could be measured yet. */
function widthOf(label: string): number {
  return [...label].reduce((sum, character) => sum + advance(character), 0);
}

function advance(character: string): number {
  if ((character.codePointAt(0) ?? 0) > 0x10ff) return 13.5;
  if (NARROW.test(character)) return 4.6;
  if (WIDE.test(character)) return 11.2;
  return /[A-Z_]/.test(character) ? 8.8 : 7.4;
}

/** Draw a smooth line through the points, up to where its arrow begins. */
export function path(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  const said = ({ x, y }: Point) => `${round(x)} ${round(y)}`;
  const last = rest.at(-1);
  const bends = rest.slice(0, -1).map((point, index) => {
    const next = rest[index + 1] ?? point;
    const end = next === last ? next : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    return `Q ${said(point)} ${said(end)}`;
  });
  return `M ${said(first)} ${bends.length > 0 ? bends.join(" ") : last ? `L ${said(last)}` : ""}`;
}

/** Draw the arrow at the end of a line. */
export function arrow(points: readonly Point[]): string {
  const [tip, before] = [points.at(-1), points.at(-2)];
  if (!tip || !before) return "";
  const angle = Math.atan2(tip.y - before.y, tip.x - before.x);
  const corner = (turn: number) =>
    `${round(tip.x - 7 * Math.cos(angle + turn))},${round(tip.y - 7 * Math.sin(angle + turn))}`;
  return `${round(tip.x)},${round(tip.y)} ${corner(0.42)} ${corner(-0.42)}`;
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}

/** Find the node that lies next in the direction of an arrow key. */
export function nextNode(
  { nodes }: Layout,
  from: string,
  key: string,
  among: readonly string[],
): string | null {
  const here = nodes.get(from);
  const toward = DIRECTIONS[key];
  if (!here || !toward) return null;
  let found: { id: string; far: number } | null = null;
  for (const id of among) {
    const there = nodes.get(id);
    if (!there || id === from) continue;
    const [dx, dy] = [there.x - here.x, there.y - here.y];
    const ahead = dx * toward.x + dy * toward.y;
    const aside = Math.abs(dx * toward.y) + Math.abs(dy * toward.x);
    if (ahead < 4) continue;
    const far = ahead + 2 * aside;
    if (!found || far < found.far) found = { id, far };
  }
  return found?.id ?? null;
}

const DIRECTIONS: Record<string, Point> = {
  ArrowRight: { x: 1, y: 0 },
  ArrowLeft: { x: -1, y: 0 },
  ArrowDown: { x: 0, y: 1 },
  ArrowUp: { x: 0, y: -1 },
};
