import type { RefObject, TargetedKeyboardEvent } from "preact";
import { memo } from "preact/compat";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { useStable } from "../components/stable_value";
import { useTabStop } from "../keyboard/arrow_keys";
import type { Drawing, DrawnEdge, DrawnNode } from "../messages";
import { plain } from "../text/marked_text";
import { counted, duration } from "../text/quantities";
import {
  arrange,
  arrow,
  type Box,
  type Layout,
  type Line,
  nextNode,
  path,
  shortened,
} from "./layout";
import { NodeDetail } from "./node_detail";
import { Outline, SAID, Sign } from "./node_shape";

/** How high the box is at most; the style says so too. */
const HIGHEST = 400;

interface GraphProps {
  drawing: Drawing;
  id: string;
}

/** The graph, with how each node fares; a node unfolds what its last run did. */
export const Graph = memo(function Graph({ drawing, id }: GraphProps) {
  const box = useRef<HTMLDivElement>(null);
  const layout = useLayout(drawing, box);
  const [unfolded, unfold] = useState<string | null>(null);
  const buttons = drawing.nodes.filter(isButton);
  const chosen = buttons.find((node) => node.id === unfolded);
  useScrollToActive(box, layout, drawing);
  return (
    <div class="graph">
      <div ref={box} class="canvas">
        <svg
          width={layout.width}
          height={layout.height}
          viewBox={`0 0 ${layout.width} ${layout.height}`}
          role="group"
          aria-label="graph"
          onKeyDown={(event) => move(event, layout, buttons)}
        >
          <Edges edges={drawing.edges} layout={layout} />
          <Nodes
            nodes={drawing.nodes}
            layout={layout}
            detail={`${id}-detail`}
            unfolded={chosen?.id ?? null}
            unfold={(node) => unfold(node === unfolded ? null : node)}
          />
          <RunCounts nodes={drawing.nodes} layout={layout} />
        </svg>
      </div>
      <div id={`${id}-detail`}>{chosen && <NodeDetail key={chosen.id} node={chosen} />}</div>
    </div>
  );
});

function isButton({ kind }: DrawnNode): boolean {
  return kind === "node" || kind === "subgraph";
}

/** Left to right if there is room, else top to bottom; made anew only for other nodes or edges. */
function useLayout(drawing: Drawing, box: RefObject<HTMLDivElement | null>): Layout {
  const shape = useStable({
    nodes: drawing.nodes.map(({ id, label, kind }) => ({ id, label, kind })),
    edges: drawing.edges,
  });
  const wide = useMemo(() => arrange(shape as Drawing, "LR"), [shape]);
  const room = useWidth(box);
  const high = room !== null && wide.width > room;
  const tall = useMemo(() => (high ? arrange(shape as Drawing, "TB") : null), [shape, high]);
  // What has to be scrolled either way is read more easily along its direction.
  const fits = tall && room !== null && tall.width <= room && tall.height <= HIGHEST;
  return fits ? tall : wide;
}

/** How wide the view is, once that is known. */
function useWidth(box: RefObject<HTMLDivElement | null>): number | null {
  const [width, setWidth] = useState<number | null>(null);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => element.clientWidth > 0 && setWidth(element.clientWidth);
    measure();
    if (typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return width;
}

/** Bring what runs or waits into the box, which scrolls alone, unless somebody moves in it. */
function useScrollToActive(
  box: RefObject<HTMLDivElement | null>,
  layout: Layout,
  { nodes }: Drawing,
): void {
  const now = nodes.find(({ state }) => state === "waiting" || state === "failed");
  const busy = now ?? nodes.find(({ state }) => state === "running");
  const at = busy && layout.nodes.get(busy.id);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || !at || element.contains(element.ownerDocument.activeElement)) return;
    const near = (from: number, size: number, room: number, middle: number) =>
      middle - size / 2 < from || middle + size / 2 > from + room ? middle - room / 2 : from;
    element.scrollLeft = near(element.scrollLeft, at.width, element.clientWidth, at.x);
    element.scrollTop = near(element.scrollTop, at.height, element.clientHeight, at.y);
  }, [at]);
}

function move(
  event: TargetedKeyboardEvent<SVGSVGElement>,
  layout: Layout,
  buttons: readonly DrawnNode[],
): void {
  if (!(event.target instanceof Element)) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const from = event.target.getAttribute("data-node") ?? "";
  const ids = buttons.map(({ id }) => id);
  const ends: Record<string, string | undefined> = { Home: ids[0], End: ids.at(-1) };
  const to = event.key in ends ? ends[event.key] : nextNode(layout, from, event.key, ids);
  if (!to) {
    if (event.key.startsWith("Arrow")) event.preventDefault();
    return;
  }
  event.preventDefault();
  const all = [...event.currentTarget.querySelectorAll<SVGGElement>("[data-node]")];
  all.find((one) => one.getAttribute("data-node") === to)?.focus();
}

const Edges = memo(function Edges({ edges, layout }: { edges: DrawnEdge[]; layout: Layout }) {
  return (
    <g class="edges" aria-hidden="true">
      {edges.map((edge, index) => {
        const line = layout.lines[index];
        return line && <Edge key={index} edge={edge} line={line} />;
      })}
    </g>
  );
});

function Edge({ edge, line }: { edge: DrawnEdge; line: Line }) {
  const word = plain(edge.label);
  return (
    <g class={edge.dashed ? "edge dashed" : "edge"}>
      <path d={path(line.points)} />
      <polygon points={arrow(line.points)} />
      {word !== "" && (
        <text x={line.word.x} y={line.word.y}>
          {shortened(word) !== word && <title>{word}</title>}
          {shortened(word)}
        </text>
      )}
    </g>
  );
}

interface NodesProps {
  nodes: DrawnNode[];
  layout: Layout;
  detail: string;
  unfolded: string | null;
  unfold(node: string): void;
}

function Nodes({ nodes, layout, detail, unfolded, unfold }: NodesProps) {
  const tabStop = useTabStop(nodes.filter(isButton).map(({ id }) => id));
  return (
    <>
      {nodes.map((node) => {
        const box = layout.nodes.get(node.id);
        if (!box) return null;
        if (!isButton(node)) return <Node key={node.id} node={node} box={box} />;
        const act = () => unfold(node.id);
        return (
          <g
            key={node.id}
            class="button"
            role="button"
            data-node={node.id}
            tabindex={node.id === tabStop.stop ? 0 : -1}
            aria-expanded={node.id === unfolded}
            aria-controls={detail}
            onClick={act}
            onFocus={() => tabStop.use(node.id)}
            onKeyDown={(event) => {
              if (event.key !== "Enter" && event.key !== " ") return;
              event.preventDefault();
              if (!event.repeat) act();
            }}
          >
            <Node node={node} box={box} title={said(node)} />
          </g>
        );
      })}
    </>
  );
}

/** A node in words: also the legend to its signs. */
function said({ label, kind, state, runs, seconds }: DrawnNode): string {
  const words = [SAID[state]];
  if (kind === "subgraph") words.unshift("a graph of its own");
  if (runs > 1) words.push(counted(runs, "run"));
  if (seconds !== null) words.push(`${runs > 1 ? "last " : ""}${duration(seconds)}`);
  return `${plain(label)}: ${words.join(", ")}`;
}

function Node({ node, box, title }: { node: DrawnNode; box: Box; title?: string }) {
  const { label, kind, state } = node;
  const word = plain(label);
  const signed = isButton(node) && state !== "idle";
  return (
    <g class={`node ${kind} ${state}`} transform={at(box)}>
      <title>{title ?? word}</title>
      <Outline box={box} kind={kind} state={state} />
      {signed && <Sign state={state} x={15 - box.width / 2} />}
      <text
        class={signed ? "hitl-label signed" : "hitl-label"}
        x={signed ? 26 - box.width / 2 : 0}
        aria-hidden="true"
      >
        {shortened(word)}
      </text>
    </g>
  );
}

function at({ x, y }: Box): string {
  return `translate(${x} ${y})`;
}

/** How often nodes ran that ran more than once. */
const RunCounts = memo(function RunCounts({ nodes, layout }: Pick<NodesProps, "nodes" | "layout">) {
  return (
    <g class="times" aria-hidden="true">
      {nodes.map(({ id, runs }) => {
        const box = runs > 1 && layout.nodes.get(id);
        return (
          box && (
            <text key={id} x={box.x + box.width / 2 - 3} y={box.y - box.height / 2 - 1}>
              {runs > 999 ? "999+" : `×${runs}`}
            </text>
          )
        );
      })}
    </g>
  );
});
