import { describe, expect, test, vi } from "vitest";
import * as layout from "../src/graph/layout";
import type { Drawing, DrawnNode } from "../src/messages";
import { freshPage, key, open, settle } from "./page";

freshPage();

function node(id: string, more: Partial<DrawnNode> = {}): DrawnNode {
  const kind: Pick<DrawnNode, "kind" | "state"> = { kind: "node", state: "idle" };
  return { id, label: [id], ...kind, runs: 0, seconds: null, changes: [], ...more };
}

function edge(source: string, target: string, label = "") {
  return { source, target, label: label ? [label] : [], dashed: label !== "" };
}

function refund(draft: Partial<DrawnNode> = {}): Drawing {
  return {
    nodes: [
      node("start", { kind: "start" }),
      node("triage", { state: "done", runs: 1, seconds: 0.8 }),
      node("draft", draft),
      node("send"),
    ],
    edges: [edge("start", "triage"), edge("triage", "draft", "refund"), edge("draft", "send")],
  };
}

const nodes = (page: ReturnType<typeof open>) => page.all("[data-node]");
const named = (page: ReturnType<typeof open>, id: string) =>
  nodes(page).find((one) => one.getAttribute("data-node") === id)!;

function click(element: HTMLElement): Promise<void> {
  element.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  return settle();
}

describe("the drawing", () => {
  test("says of each node how it fares, in words, by a sign and by its shape", () => {
    const states = ["idle", "running", "waiting", "done", "failed"] as const;
    const drawing = { nodes: states.map((state) => node(state, { state })), edges: [] };
    const page = open({ drawing });
    const looks = nodes(page).map((one) =>
      [...one.querySelectorAll("path, rect, polygon")]
        .map(
          (shape) => `${shape.localName} ${shape.getAttribute("class")} ${shape.getAttribute("d")}`,
        )
        .join(),
    );
    expect(new Set(looks).size).toBe(states.length);
    expect(nodes(page).map((one) => one.querySelector("title")?.textContent)).toEqual([
      "idle: not run yet",
      "running: running",
      "waiting: waiting",
      "done: done",
      "failed: failed",
    ]);
  });

  test("is arranged anew for other nodes or edges only", async () => {
    const arranged = vi.spyOn(layout, "arrange");
    const page = open({ drawing: refund() });
    const first = named(page, "draft").querySelector("[transform]")?.getAttribute("transform");
    await page.model.update({ drawing: refund({ state: "running" }) });
    expect(named(page, "draft").querySelector("title")?.textContent).toBe("draft: running");
    expect(named(page, "draft").querySelector("[transform]")?.getAttribute("transform")).toBe(
      first,
    );
    const times = arranged.mock.calls.length;
    await page.model.update({ drawing: refund({ state: "done", runs: 1 }) });
    expect(arranged.mock.calls.length).toBe(times);
    arranged.mockRestore();
  });

  test("goes left to right, edges from node to node", () => {
    const { nodes: places, lines } = layout.arrange(refund(), "LR");
    const along = ["start", "triage", "draft", "send"].map((id) => places.get(id)!.x);
    expect(along).toEqual([...along].sort((one, other) => one - other));
    expect(lines.every((line) => line && line.points.length >= 2)).toBe(true);
  });

  test("an edge that leads nowhere is left out", () => {
    const { lines } = layout.arrange({ nodes: [node("a")], edges: [edge("a", "b")] }, "LR");
    expect(lines).toEqual([null]);
  });

  test("a node may lead to itself, and two edges go the same way", () => {
    const edges = [edge("a", "a", "again"), edge("a", "b", "yes"), edge("a", "b", "no")];
    const { lines } = layout.arrange({ nodes: [node("a"), node("b")], edges }, "TB");
    expect(lines.every((line) => line !== null)).toBe(true);
  });

  test.each(["LR", "TB"] as const)(
    "a loop begins and ends at its node, inside the drawing (%s)",
    (way) => {
      for (const word of ["", "again"]) {
        const { nodes, lines, width, height } = layout.arrange(
          { nodes: [node("a"), node("b")], edges: [edge("a", "b"), edge("b", "b", word)] },
          way,
        );
        const { points, word: said } = lines[1]!;
        const box = nodes.get("b")!;
        const side = way === "LR" ? box.y + box.height / 2 : box.x + box.width / 2;
        const out = points.map(({ x, y }) => (way === "LR" ? y : x) - side);
        expect([out[0], out.at(-1)]).toEqual([0, 0]);
        expect(Math.max(...out)).toBeGreaterThan(10);
        for (const { x, y } of [...points, said]) {
          expect(x).toBeGreaterThan(0);
          expect(x).toBeLessThan(width);
          expect(y).toBeGreaterThan(0);
          expect(y).toBeLessThan(height);
        }
      }
    },
  );

  test("a loop is drawn with its arrow and its word", () => {
    const page = open({ drawing: { nodes: [node("a")], edges: [edge("a", "a", "again")] } });
    const drawn = page.find(".edge");
    expect(drawn.querySelector("path")?.getAttribute("d")).toMatch(/^M [\d. ]+Q [\d. ]+Q [\d. ]+$/);
    expect(drawn.querySelector("polygon")?.getAttribute("points")).not.toBe("");
    expect(drawn.textContent).toBe("again");
  });

  test("nothing is drawn where there is no graph", () => {
    expect(open({ drawing: { nodes: [], edges: [] } }).all("svg")).toEqual([]);
  });
});

describe("a node", () => {
  const changes = [{ key: ["draft"], after: ["We are sorry"] }];

  test("unfolds its last change, runs, seconds and prints, and folds them", async () => {
    const prints = { text: ["calling"], more: 0 };
    const page = open({
      drawing: refund({ state: "done", runs: 2, seconds: 1.13, changes, prints }),
    });
    await click(named(page, "draft"));
    expect(named(page, "draft").getAttribute("aria-expanded")).toBe("true");
    const detail = page.find(".detail").textContent;
    for (const part of ["draft", "2 runs", "last 1.1 s", "We are sorry", "calling"]) {
      expect(detail).toContain(part);
    }
    await click(named(page, "draft"));
    expect(page.all(".detail")).toEqual([]);
  });

  test("is a button to the keyboard too", async () => {
    const page = open({ drawing: refund({ changes }) });
    key(named(page, "draft"), "Enter");
    await settle();
    expect(page.find(".detail").textContent).toContain("We are sorry");
    key(named(page, "draft"), " ");
    await settle();
    expect(page.all(".detail")).toEqual([]);
  });

  test("leads on by arrow keys, and one has the tab stop", async () => {
    const page = open({ drawing: refund() });
    const stops = () => nodes(page).filter((one) => one.getAttribute("tabindex") === "0");
    expect(stops()).toEqual([named(page, "triage")]);
    named(page, "triage").focus();
    key(named(page, "triage"), "ArrowRight");
    await settle();
    expect(document.activeElement).toBe(named(page, "draft"));
    expect(stops()).toEqual([named(page, "draft")]);
    key(named(page, "draft"), "ArrowLeft");
    await settle();
    expect(document.activeElement).toBe(named(page, "triage"));
  });

  test("stays unfolded while the run goes on", async () => {
    const page = open({ drawing: refund({ changes }) });
    await click(named(page, "draft"));
    await page.model.update({ drawing: refund({ changes, state: "done", runs: 1, seconds: 2 }) });
    expect(page.find(".detail").textContent).toContain("1 run");
  });
});
