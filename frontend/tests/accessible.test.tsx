import axe from "axe-core";
import { expect, test, vi } from "vitest";
import type { RequestControl } from "../src/messages";
import { approving, filling, open, request } from "./page";

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

test.each(CONTROLS)("axe finds nothing to complain of in %s", async (_, control) => {
  vi.useRealTimers();
  const table = { columns: [["sum"]], rows: [[["0"], ["12"]]], size: [1, 1] };
  const page = open({
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
  const found = await axe.run(page.el, {
    rules: { region: { enabled: false }, "color-contrast": { enabled: false } },
  });
  expect(found.violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
  page.leave();
  page.el.remove();
});
