import { describe, expect, test, vi } from "vitest";
import type { DrawnNode, Item } from "../src/messages";
import { SESSION_TRAITS } from "../src/session/session_state";
import { duration } from "../src/text/quantities";
import { approval, freshPage, open, settle, unfold, waiting, writing } from "./page";

freshPage();

const numbered = (count: number): Item[] =>
  Array.from({ length: count }, (_, index) => ({ label: [`row ${index}`], text: [`${index}`] }));

describe("the header", () => {
  test("names graph, thread, status and saver", () => {
    const page = open({ header: waiting });
    expect(page.find("header").textContent).toBe(
      "refund ▸ order-42waiting for you · saved in hitl.db",
    );
    expect(page.all(".dot.waiting")).toHaveLength(1);
  });
});

describe("the timeline", () => {
  const step = {
    kind: "step" as const,
    node: ["triage"],
    seconds: 0.8,
    changes: [
      { key: ["category"], after: ['"refund"'] },
      { key: ["score"], before: ["1"], after: ["2"] },
      { key: ["draft"], before: ["old"], after: ["new"] },
    ],
  };

  const record = {
    kind: "record" as const,
    question: "q1",
    forks: false,
    node: ["approve"],
    heading: ["Approve this refund?"],
    answer: ['"approve"'],
    reviewer: ["ana"],
    seconds: 12,
    shown: [{ label: ["draft"], text: ["We are sorry"] }],
  };

  test("gives a step one line with its first two changes", () => {
    const page = open({ timeline: [step] });
    expect(page.find("li").textContent).toBe(
      '✓triage0.8 scategory: – → "refund"score: 1 → 23 keys in all',
    );
  });

  test("unfolds a step to all of its changes", async () => {
    const page = open({ timeline: [step] });
    await unfold(page.find("details"));
    expect(page.all("dt").map((dt) => dt.textContent)).toEqual(["category", "score", "draft"]);
  });

  test("gives a record one line and unfolds what was shown", async () => {
    const page = open({ timeline: [record] });
    expect(page.find("summary").textContent).toBe(
      '✓approve12 sApprove this refund? → "approve" by ana',
    );
    expect(page.text()).not.toContain("We are sorry");
    await unfold(page.find("details"));
    expect(page.text()).toContain("We are sorry");
  });

  test("names no step that goes on from its own record, in the columns of the others", () => {
    const own = { ...step, node: ["approve"], changes: step.changes.slice(0, 1) };
    const page = open({ timeline: [record, own, own, record, step] });
    expect(page.all("li .node").map((name) => name.textContent)).toEqual([
      "approve",
      "",
      "approve",
      "approve",
      "triage",
    ]); // prettier-ignore
    const [, unnamed] = page.all("li .line");
    expect(unnamed?.className).toBe("line unnamed");
    expect([...unnamed!.children].map(({ className }) => className)).toEqual([
      "tick",
      "node",
      "time",
      "gist",
    ]); // prettier-ignore
  });

  test("names a step whose record is not drawn", () => {
    const own = { ...step, node: ["approve"] };
    const later = Array.from({ length: 49 }, () => step);
    const page = open({ timeline: [record, own, ...later] });
    expect(page.all("li")).toHaveLength(50);
    expect(page.find("li .node").textContent).toBe("approve");
  });

  test("unfolds what a node printed at the step that printed it", async () => {
    const prints = { text: ["reading\ndone\n"], more: 500 };
    const page = open({ timeline: [{ ...step, changes: [], prints }] });
    expect(page.find("summary").textContent).toContain("printed 2+ lines");
    expect(page.text()).not.toContain("reading");
    await unfold(page.find("details"));
    expect(page.find(".prints .value").textContent).toBe("reading\ndone\n…");
    expect(page.find(".prints").textContent).toContain(
      "not shown in this view: 500 more characters",
    );
  });

  test("what is unfolded stays so while steps are added", async () => {
    const page = open({ timeline: [step] });
    await unfold(page.find("details"));
    const kept = page.find("details");
    await page.model.update({ timeline: [structuredClone(step), { ...step, node: ["next"] }] });
    expect(page.find("details")).toBe(kept);
    expect(page.all("dt")).toHaveLength(3);
  });

  test("draws the last 50 of 1,000 entries, and earlier ones as they are asked for", async () => {
    const timeline = Array.from({ length: 1000 }, (_, n) => ({ ...step, node: [`n${n}`] }));
    const page = open({ timeline });
    expect(page.all("li")).toHaveLength(50);
    expect(page.find("li .node").textContent).toBe("n950");
    const more = page.button("show 250 of 950 earlier steps");
    for (let count = 0; count < 4; count += 1) {
      more.click();
      await settle();
    }
    expect(page.all("li")).toHaveLength(1000);
    await page.press("show only the last 50 steps");
    expect(page.all("li")).toHaveLength(50);
  });

  test.each([
    [0.003, "3 ms"],
    [0.8, "0.8 s"],
    [12.4, "12 s"],
    [72, "1 min 12 s"],
    [7260, "2 h 1 min"],
  ])("says %d seconds as %s", (seconds, said) => {
    expect(duration(seconds)).toBe(said);
  });
});

describe("evidence", () => {
  test("folds what is deeper than two levels, and counts it only when unfolded", async () => {
    const deep = [
      { label: ["a"], items: [{ label: ["b"], items: [{ label: ["c"], text: ["123"] }] }] },
    ];
    const page = open({ forms: [approval({ context: [...deep, ...numbered(1)] })] });
    expect(page.text()).not.toContain("123");
    await page.press("approve");
    await page.model.acknowledge(page.model.submits()[0]!.nonce, "Not so fast.");
    await unfold(page.find(".question details"));
    expect(page.text()).toContain("123");
    await page.press("approve");
    const paths = page.model
      .submits()
      .map(({ displayed }) => displayed.pages?.map(({ path }) => path));
    expect(paths).toEqual([[[1]], [[1], [0, 0, 0]]]);
  });

  test("shows twelve rows and offers the others", async () => {
    const page = open({ forms: [approval({ context: numbered(20) })] });
    expect(page.all("dt")).toHaveLength(12);
    await page.press("show 8 more rows");
    expect(page.all("dt")).toHaveLength(20);
  });

  test("shows 1,500 characters of a long text, says its length, and offers all of it", async () => {
    const page = open({
      forms: [approval({ context: [{ label: ["log"], text: ["🙂".repeat(2345)] }] })],
    });
    expect([...page.find(".value bdi").textContent]).toHaveLength(1500);
    await page.press("approve");
    const [folded] = page.model.submits();
    expect(folded?.displayed.pages).toEqual([{ path: [0], start: 0, whole: false }]);
    await page.model.acknowledge(folded!.nonce, "Not so fast.");
    await page.press("show all 2,345 characters");
    expect([...page.find(".value").textContent]).toHaveLength(2345);
    await page.press("approve");
    expect(page.model.submits()[1]?.displayed.pages).toEqual([
      { path: [0], start: 0, whole: true },
    ]);
  });

  test("says how much there is of a text whose beginning is here", async () => {
    const context = [{ label: ["log"], text: ["begin"], size: 50_000 }];
    const page = open({ forms: [approval({ context })] });
    expect(page.text()).toContain("characters 1 to 5 of 50,000");
    await page.press("approve");
    expect(page.model.submits()[0]?.displayed).toMatchObject({
      pages: [{ path: [0], start: 0, whole: true }],
    });
  });

  test("keeps an empty value visible", () => {
    const page = open({ forms: [approval({ context: [{ label: ["note"], text: [] }] })] });
    expect(page.find("dd").textContent).toBe("empty");
  });
});

describe("marks", () => {
  test("are drawn as labelled boxes and spelled in the answer", async () => {
    const label = ["ok", { mark: "U+202E", name: "RIGHT-TO-LEFT OVERRIDE" }];
    const control = { kind: "options" as const, layout: "buttons" as const, choices: [{ label }] };
    const page = open({ forms: [approval({ control })] });
    expect(page.find(".hitl-mark").title).toBe("RIGHT-TO-LEFT OVERRIDE");
    await page.press("ok");
    expect(page.model.submits()[0]?.answer).toEqual({ choice: 0, label: "okU+202E" });
  });
});

describe("the end", () => {
  test("a result is drawn as rows", () => {
    const page = open({ result: [{ label: ["category"], text: ['"refund"'] }] });
    expect(page.find(".result").textContent).toBe('resultcategory"refund"');
  });

  test("a failure shows its title and the last lines of its traceback", async () => {
    const traceback = [Array.from({ length: 30 }, (_, n) => `line ${n}`).join("\n")];
    const page = open({ failure: { title: ["Node send raised ValueError"], traceback } });
    expect(page.find(".failure h3").textContent).toBe("Node send raised ValueError");
    expect(page.find("pre").textContent.split("\n")[0]).toBe("line 18");
    await page.press("show 18 earlier lines");
    expect(page.find("pre").textContent).toBe(traceback[0]);
  });

  test("a failure shows what its node printed before it", () => {
    const drawn = (id: string, state: DrawnNode["state"]): DrawnNode => {
      const prints = { text: [`from ${id}`], more: 0 };
      return { id, label: [id], kind: "node", state, runs: 1, seconds: null, changes: [], prints };
    };
    const nodes = [drawn("triage", "done"), drawn("load", "failed")];
    const failure = { title: ["Node load raised ValueError"], traceback: [] };
    const page = open({ failure, drawing: { nodes, edges: [] } });
    expect(page.all(".failure .prints").map((one) => one.textContent)).toEqual([
      "printedfrom load",
    ]);
  });
});

test("several traits that change together are drawn once", async () => {
  const page = open({ header: waiting, forms: [writing()] });
  const reads = vi.spyOn(page.model, "get");
  await page.model.update({ header: waiting, timeline: [], forms: [writing()], drafts: {} });
  expect(reads).toHaveBeenCalledTimes(SESSION_TRAITS.length);
});
