import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { FormView, Item, RequestControl, ViewState } from "../src/messages";
import type { Text } from "../src/text/marked_text";
import { approving, freshPage, open, settle, unfold, visitTabs } from "./page";

freshPage();

const CORPUS = [
  '<img src=x onerror="document.body.dataset.owned=1">',
  "<script>document.body.dataset.owned=1</script>",
  '"><svg onload=alert(1)>',
  "javascript:alert(1)",
  "</style><iframe srcdoc='<b>'></iframe>",
  "&lt;b&gt; {{constructor.constructor('alert(1)')()}} $x^2$ [a](javascript:alert(1))",
];

function everywhere(hostile: string): ViewState {
  const text: Text = [hostile, { mark: hostile, name: hostile }];
  const item: Item = { label: text, text };
  const nested: Item = { label: text, items: [{ label: text, items: [item] }] };
  const form: Omit<FormView, "control" | "id"> = {
    node: text,
    heading: text,
    context: [item, nested],
  };
  const choices = [{ label: text }, { label: text }];
  const changes = [{ key: text, before: text, after: text }];
  const prints = { text, more: 3 };
  const view: ViewState = {
    header: { graph: text, thread: text, status: "waiting", note: text, saver: text, seconds: 3 },
    timeline: [
      { kind: "step", node: text, seconds: 1, changes, prints },
      {
        kind: "record",
        question: hostile,
        forks: true,
        node: text,
        heading: text,
        answer: text,
        reviewer: text,
        seconds: 1,
        shown: [item, nested],
      },
    ],
    forms: [
      { ...form, id: hostile, control: { kind: "options", layout: "buttons", choices } },
      { ...form, id: `${hostile}2`, control: { kind: "options", layout: "dropdown", choices } },
      { ...form, id: `${hostile}3`, control: { kind: "text", quick: [hostile] } },
      { ...form, ...besides(hostile), id: `${hostile}4`, control: asking(hostile) },
    ],
    result: [item],
    failure: { title: text, traceback: text },
    drafts: { [`${hostile}3`]: hostile },
    progress: { done: 1, text },
    drawing: {
      nodes: [hostile, `${hostile}2`].map((id) => ({
        ...{ id, label: text, kind: "node", state: "waiting" },
        ...{ runs: 2, seconds: 1, changes, prints },
      })),
      edges: [{ source: hostile, target: `${hostile}2`, label: text, dashed: true }],
    },
    buttons: [
      { name: "step", label: text, title: text, enabled: false },
      { name: "retry", label: text, title: text, enabled: true },
    ],
    past: {
      moments: [hostile, "now"].map((id) => ({ id, label: text })),
      at: hostile,
      items: [item, nested],
      changed: [hostile],
    },
    branch: null,
    notices: [text],
  };
  const rows = [{ key: text, left: text, right: text, same: false }];
  return { ...view, branch: { view: structuredClone(view), rows } };
}

function besides(hostile: string): Partial<FormView> {
  const text: Text = [hostile];
  return {
    facts: [{ text, warns: true }],
    deadline: { left: 5, then: text },
    history: [text],
    context: [{ label: text, table: { columns: [text], rows: [[text, text]], size: [9, 9] } }],
  };
}

function asking(hostile: string): RequestControl {
  const words = { title: hostile, description: hostile };
  const schema = {
    type: "object",
    ...words,
    properties: {
      [hostile]: { type: "string", ...words, pattern: hostile },
      choice: { oneOf: [{ const: hostile, ...words }], ...words },
      many: { enum: [hostile, 1, 2, 3, 4, 5, 6, 7], ...words },
      list: { type: "array", items: { type: "string" }, ...words },
      dict: { type: "object", additionalProperties: { type: "string" }, ...words },
      union: { anyOf: [{ type: "object", ...words, properties: {} }, { type: "null" }], ...words },
      fixed: { const: hostile, ...words },
      read: { type: "string", readOnly: true, ...words },
    },
  };
  const value = {
    [hostile]: hostile,
    list: [hostile],
    dict: { $entries: [[hostile, hostile]] },
    read: hostile,
    union: { $branch: 0, value: {} },
    many: { $json: hostile },
  };
  const control = approving(value, {
    schema,
    name: hostile,
    label: [hostile],
    about: [{ label: [hostile], text: [hostile] }],
  });
  return { ...control, comment: [hostile], phrase: [hostile], reviewer: hostile };
}

const DRAWN = ["g", "path", "rect", "polygon", "text", "title"];

describe("what comes from data", () => {
  test.each(CORPUS)("makes no element and no link: %s", async (hostile) => {
    const page = open(everywhere(hostile));
    for (const details of page.all("details")) await unfold(details);
    page.find(".action").click();
    await page.model.acknowledge(page.model.submits()[0]!.nonce, hostile);
    await settle();
    await visitTabs(page);
    page.find("[data-node]").dispatchEvent(new Event("click", { bubbles: true }));
    page.find(".tool[aria-disabled=true]").click();
    await settle();
    expect(page.all("script, img, iframe, b, a, object, embed, link")).toEqual([]);
    expect(page.all("svg, foreignObject")).toEqual(page.all(".canvas > svg"));
    expect(page.all("svg *").every(({ localName }) => DRAWN.includes(localName))).toBe(true);
    expect(page.all("[href], [src], [srcdoc]")).toEqual([]);
    const attributes = page.all("*").flatMap((element) => element.getAttributeNames());
    expect(attributes.filter((name) => name.startsWith("on"))).toEqual([]);
    expect(document.body.dataset.owned).toBeUndefined();
    expect(page.text()).toContain(hostile);
    expect(page.find<HTMLTextAreaElement>("textarea").value).toBe(hostile);
  });
});

describe("our sources", () => {
  const root = join(import.meta.dirname, "..", "src");
  const sources = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.tsx?$/.test(name),
  );
  const forbidden =
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|createContextualFragment|\b(href|src)=/i;

  test.each(sources)("%s hands nothing to the HTML parser", (name) => {
    expect(readFileSync(join(root, name), "utf8")).not.toMatch(forbidden);
  });
});
