import axe from "axe-core";
import { expect, test, vi } from "vitest";
import type { RequestControl, ViewState } from "../src/messages";
import { sessionState } from "../src/session/session_state";
import {
  approval,
  approving,
  FakeModel,
  filling,
  open,
  type Page,
  request,
  waiting,
  writing,
} from "./page";

const SCHEMA = {
  type: "object",
  properties: {
    text: { type: "string", description: "What it is." },
    number: { type: "number", minimum: 0, maximum: 1 },
    score: { type: "integer", minimum: 1, maximum: 5 },
    sure: { type: "boolean" },
    choice: { enum: [1, 2, 3, 4, 5, 6, 7] },
    several: { type: "array", uniqueItems: true, items: { enum: ["a", "b"] } },
    day: { type: "string", format: "date" },
    due: { type: "string", format: "date-time" },
    tint: { type: "string", format: "color" },
    file: { type: "string", format: "binary" },
    any: {},
    maybe: { anyOf: [{ type: "string" }, { type: "null" }] },
    list: { type: "array", items: { type: "object", properties: { y: { type: "string" } } } },
    dict: { type: "object", additionalProperties: { type: "string" } },
    inner: { type: "object", properties: { z: { type: "string" } } },
  },
  required: ["text", "choice", "inner"],
};
const VALUE = {
  list: [{ y: "a" }, { y: "b" }],
  dict: { $entries: [["k", "v"]] },
  maybe: { $branch: 0, value: "x" },
  inner: {},
};

const decide = approving("").actions;
const CONTROLS: [string, RequestControl][] = [
  ["an approval", { ...approving("Dear\nAna"), reviewer: "ana", phrase: ["yes"] }],
  ["a form", filling(SCHEMA, VALUE)],
  ["a review", { ...approving("a", { actions: decide, label: ["send"] }), comment: null }],
];

const changes = [{ key: ["draft"], before: ["old"], after: ["new"] }];
const prints = { text: ["said"], more: 1 };
const moments = ["a", "b"].map((id) => ({ id, label: [`step after ${id}`] }));
const items = [{ label: ["draft"], text: ["old"] }];
const WHOLE: Partial<ViewState> = {
  timeline: [
    { kind: "step", node: ["a"], seconds: 1, changes, prints },
    {
      ...{ kind: "record", question: "q0", forks: true, node: ["b"], heading: ["Sure?"] },
      ...{ answer: ["yes"], reviewer: ["ana"], seconds: 3, shown: items },
    },
  ],
  forms: [approval(), writing({ id: "q2", deadline: { left: 9, then: ["rejects"] } })],
  progress: { done: 2, text: ["step 2"] },
  drawing: {
    nodes: (["idle", "running", "waiting", "done", "failed"] as const).map((state, index) => ({
      ...{ id: "abcde"[index]!, label: [state], kind: "node" as const, state },
      ...{ runs: 2, seconds: 1, changes, prints },
    })),
    edges: [{ source: "a", target: "b", label: ["yes"], dashed: true }],
  },
  buttons: [
    { name: "step", label: ["Step"], title: ["Run on"], enabled: false },
    { name: "export", label: ["Export"], title: ["Write a file"], enabled: true },
    { name: "retry", label: ["Retry"], title: ["Again"], enabled: true },
  ],
  past: { moments, at: "a", items, changed: ["draft"] },
  failure: { title: ["Node b failed"], traceback: ["at b"] },
  notices: [["Answered elsewhere."]],
};

test.each(CONTROLS)("axe finds nothing to complain of in %s", async (_, control) => {
  vi.useRealTimers();
  const table = { columns: [["sum"]], rows: [[["0"], ["12"]]], size: [1, 1] };
  const page = open({
    header: waiting,
    forms: [
      request(control, {
        context: [
          { label: ["orders"], table },
          { label: [], text: ["alone"] },
        ],
        facts: [{ text: ["risk high"], warns: true }],
        deadline: { left: 9, then: ["rejects"] },
        history: [["escalated"]],
      }),
    ],
  });
  await expectNoComplaints(page);
});

async function expectNoComplaints(page: Page): Promise<void> {
  const found = await axe.run(page.el, {
    rules: { region: { enabled: false }, "color-contrast": { enabled: false } },
  });
  expect(found.violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
  page.leave();
  page.el.remove();
}

test("axe finds nothing to complain of in a whole session beside another", async () => {
  vi.useRealTimers();
  const model = new FakeModel({ header: { ...waiting, thread: ["a fork"] }, ...WHOLE });
  const rows = [
    { key: ["draft"], left: ["old"], right: ["new"], same: false },
    { key: ["sent"], left: ["yes"], right: ["yes"], same: true },
  ];
  const branch = { view: { ...sessionState(model), forms: [approval({ id: "b1" })] }, rows };
  const page = open({ header: waiting, ...WHOLE, branch });
  for (const target of [".tab + .tab", "[data-node=b]", "[data-name=export]"]) {
    page.find(target).dispatchEvent(new MouseEvent("click", { bubbles: true }));
  }
  for (const details of page.all("details")) (details as HTMLDetailsElement).open = true;
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(page.all(".detail, .path, .then, .compared")).toHaveLength(5);
  await expectNoComplaints(page);
});
