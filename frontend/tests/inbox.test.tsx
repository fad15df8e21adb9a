import axe from "axe-core";
import { describe, expect, test } from "vitest";
import type { Bulk, InboxRow, InboxState, Message } from "../src/messages";
import { approving, FakeModel, freshPage, key, open, request, settle, writing } from "./page";

freshPage();

const row = (number: number, more: Partial<InboxRow> = {}): InboxRow => ({
  id: `q${number}`,
  heading: [`Refund ${number}?`],
  excerpt: [],
  place: [`refund ▸ order-${number} ▸ review`],
  facts: [["risk high"], ["#eu"]],
  warns: true,
  asked: 180,
  left: null,
  assigned: [],
  snoozed: false,
  draft: false,
  ...more,
});

const selected = (number: number, more: Partial<NonNullable<InboxState["selected"]>> = {}) => ({
  id: `q${number}`,
  index: number,
  place: [`refund ▸ order-${number} ▸ review`],
  form: writing({ id: `q${number}`, heading: [`Refund ${number}?`] }),
  note: [],
  serving: ["Nobody serves refund here."],
  assigned: "",
  snoozed: [],
  alike: 3,
  ...more,
});

const commenting = request({ ...approving("x"), parts: [] }, { id: "q0" });

const state = (more: Partial<InboxState> = {}): InboxState => ({
  inbox: { saver: ["saved in hitl.db"], total: 3, snoozed: 1, reviewer: ["ana"], served: [] },
  facets: [
    {
      name: "risk",
      label: ["risk"],
      values: [
        { value: "high", label: ["high"], count: 2 },
        { value: "low", label: ["low"], count: 1 },
      ],
      more: 0,
      chosen: null,
    },
  ],
  search: "",
  window: { start: 0, total: 3, rows: [row(0), row(1), row(2)] },
  selected: selected(0),
  bulk: null,
  drafts: {},
  notices: [],
  ...more,
});

type Changes = Partial<InboxState>;

class InboxModel extends FakeModel {
  constructor(traits: InboxState) {
    super(traits as never);
  }

  change(traits: Changes): Promise<void> {
    return this.update(traits as never);
  }

  last(): Message | undefined {
    return this.sent.at(-1);
  }
}

function opened(more: Changes = {}) {
  const model = new InboxModel(state(more));
  return { model, page: open(model) };
}

describe("the list", () => {
  test("says what waits, and since when or until when", () => {
    const { page } = opened({
      window: {
        start: 0,
        total: 2,
        rows: [row(0), row(1, { left: 90, assigned: ["bob"], draft: true })],
      },
    });
    expect(page.find("header").textContent).toContain("3 questions wait, 1 snoozed");
    const [first, second] = page.all('[role="option"]');
    expect(first?.textContent).toContain("3 min");
    expect(second?.textContent).toContain("1:30 left");
    expect(second?.textContent).toContain("draft");
    expect(second?.textContent).toContain("→ bob");
  });

  test("says what tells rows of one heading apart", () => {
    const rows = ["A-1", "A-2"].map((order, number) => row(number, { excerpt: [order] }));
    const { page } = opened({ window: { start: 0, total: 2, rows } });
    expect(page.all(".excerpt").map((one) => one.textContent)).toEqual(["A-1", "A-2"]);
  });

  test("draws only the rows that are here, in their place among all", () => {
    const { page } = opened({ window: { start: 500, total: 10_000, rows: [row(500), row(501)] } });
    const options = page.all('[role="option"]');
    expect(options).toHaveLength(2);
    expect(options[0]?.getAttribute("aria-posinset")).toBe("501");
    expect(options[0]?.getAttribute("aria-setsize")).toBe("10000");
  });

  test("asks for the rows that were scrolled to, once", async () => {
    const { page, model } = opened({ window: { start: 0, total: 10_000, rows: [row(0), row(1)] } });
    const list = page.find(".waiting-list");
    for (let times = 0; times < 3; times++) {
      list.scrollTop = 42_000;
      list.dispatchEvent(new Event("scroll"));
      await settle();
    }
    const wanted = model.sent.filter((said) => "type" in said && said.type === "window");
    expect(wanted.at(-1)).toMatchObject({ start: 980 });
    expect(wanted.filter((said) => "start" in said && said.start === 980)).toHaveLength(1);
  });

  test("selects on a click", async () => {
    const { page, model } = opened();
    page.all('[role="option"]')[1]?.click();
    expect(model.last()).toEqual({ type: "select", question: "q1", step: 0 });
  });

  test("moves by keyboard, and not from inside a field", () => {
    const { page, model } = opened();
    const list = page.find(".waiting-list");
    key(list, "j");
    expect(model.last()).toEqual({ type: "select", question: "", step: 1 });
    key(list, "ArrowUp");
    expect(model.last()).toEqual({ type: "select", question: "", step: -1 });
    key(list, "PageDown");
    expect(model.last()).toEqual({ type: "select", question: "", step: 10 });
    const before = model.sent.length;
    key(page.find("textarea"), "j");
    key(page.find("input[type=search]"), "k");
    key(list, "j", { ctrlKey: true });
    expect(model.sent).toHaveLength(before);
  });

  test("takes the keyboard along, so that the next form gets no stray letter", () => {
    const { page } = opened();
    const form = page.find("form");
    form.focus();
    key(form, "j");
    expect(document.activeElement).toBe(page.find(".waiting-list"));
  });
});

describe("live changes", () => {
  test("keep what is being typed, and its field", async () => {
    const { page, model } = opened();
    const field = page.find<HTMLTextAreaElement>("textarea");
    field.focus();
    await page.type("half a sen");
    await model.change({
      window: { start: 0, total: 2, rows: [row(0), row(2)] },
      selected: selected(0, { alike: 2 }),
    });
    expect(page.find("textarea")).toBe(field);
    expect(field.value).toBe("half a sen");
    expect(document.activeElement).toBe(field);
  });

  test("say who was faster in the place of the form", async () => {
    const { page, model } = opened();
    const note = ["Answered by bob: approved."];
    await model.change({ selected: selected(0, { form: null, note }) });
    expect(page.text()).toContain("Answered by bob: approved.");
    expect(page.all("form")).toHaveLength(0);
    await page.press("Next question");
    expect(model.last()).toEqual({ type: "select", question: "", step: 1 });
  });

  test("leave to the loser what was typed", async () => {
    const { page, model } = opened({ selected: selected(0, { form: commenting }) });
    await page.type("half a reason");
    await model.change({ selected: selected(0, { form: null, note: ["Answered by bob."] }) });
    expect(page.find(".unsent").textContent).toContain("comment: half a reason");
  });

  test("leave plain words as they were typed", async () => {
    const { page, model } = opened();
    await page.type("two\nlines");
    await model.change({ selected: selected(0, { form: null, note: ["Answered by bob."] }) });
    expect(page.all(".unsent p").map((line) => line.textContent)).toContain("two\nlines");
  });

  test("begin a form with the draft that was kept", () => {
    const { page } = opened({ drafts: { q0: "half a sen" } });
    expect(page.find<HTMLTextAreaElement>("textarea").value).toBe("half a sen");
    expect(page.text()).toContain("with a draft");
  });
});

describe("with no question to look at", () => {
  const side = (counts: Partial<InboxState["inbox"]>) => {
    const inbox = { ...state().inbox, ...counts };
    const { page } = opened({ inbox, selected: null });
    return page.find(".side").textContent;
  };

  test("says why", () => {
    expect(side({ total: 0, snoozed: 0 })).toBe("Nothing waits for an answer.");
    expect(side({ total: 3, snoozed: 1 })).toBe("Nothing that waits matches the filters.");
    expect(side({ total: 2, snoozed: 2 })).toBe("All that waits is snoozed.");
  });
});

describe("notices", () => {
  test("look like a warning where something went wrong", async () => {
    const { page, model } = opened({ notices: [{ text: ["Answered 1 of 2."], warns: true }] });
    expect(page.find(".notice").className).toBe("notice");
    await model.change({ notices: [{ text: ["Answered 2 of 2."], warns: false }] });
    expect(page.find(".notice").className).toBe("notice calm");
  });
});

describe("filters", () => {
  test("say what each value leaves, and ask for it", () => {
    const { page, model } = opened();
    const select = page.find<HTMLSelectElement>(".filters select");
    expect([...select.options].map(({ text }) => text)).toEqual(["any", "high (2)", "low (1)"]);
    select.value = "high";
    select.dispatchEvent(new Event("change", { bubbles: true }));
    expect(model.last()).toEqual({ type: "filter", facet: "risk", value: "high" });
    select.selectedIndex = 0;
    select.dispatchEvent(new Event("change", { bubbles: true }));
    expect(model.last()).toEqual({ type: "filter", facet: "risk", value: null });
  });

  test("search once the typing rests", async () => {
    const { page, model } = opened();
    const field = page.find<HTMLInputElement>("input[type=search]");
    for (const text of ["s", "so", "sor"]) {
      field.value = text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      await settle(50);
    }
    await settle(300);
    const asked = model.sent.filter((said) => "type" in said && said.type === "filter");
    expect(asked).toEqual([{ type: "filter", facet: "search", value: "sor" }]);
  });
});

describe("handing on", () => {
  test("assigns by a name or to oneself, and snoozes", async () => {
    const { page, model } = opened();
    await page.press("Assign to me");
    expect(model.last()).toMatchObject({
      type: "note",
      questions: ["q0"],
      assigned: "ana",
      snooze: null,
    }); // prettier-ignore
    await model.acknowledge((model.last() as { nonce: string }).nonce);
    const select = page.find<HTMLSelectElement>(".handing select");
    select.value = "3600";
    select.dispatchEvent(new Event("change", { bubbles: true }));
    expect(model.last()).toMatchObject({ type: "note", assigned: null, snooze: 3600 });
  });

  test("does not wake what was never put off", async () => {
    const { page, model } = opened();
    const before = model.sent.length;
    const select = page.find<HTMLSelectElement>(".handing select");
    select.dispatchEvent(new Event("change", { bubbles: true }));
    expect(model.sent).toHaveLength(before);
  });
});

describe("answering together", () => {
  const bulk = (more: Partial<Bulk> = {}): Bulk => ({
    form: request({ ...approving("x"), parts: [] }, { id: "together-q0" }),
    columns: [["draft"]],
    rows: [
      { id: "q0", place: ["order-0"], cells: [["Sorry 0"]] },
      { id: "q1", place: ["order-1"], cells: [["Sorry 1"]] },
    ],
    more: 0,
    same: [["customer: gold"]],
    ...more,
  });

  test("is offered where there are several of a shape", async () => {
    const { page, model } = opened();
    await page.press("Answer like questions together (up to 3)");
    expect(model.last()).toEqual({ type: "together", on: true });
  });

  test("sends one decision for those that are checked", async () => {
    const { page, model } = opened({ bulk: bulk() });
    expect(page.all("tbody tr").map((line) => line.textContent)).toEqual([
      "order-0Sorry 0",
      "order-1Sorry 1",
    ]);
    const boxes = page.all("tbody input") as HTMLInputElement[];
    boxes[0]?.click();
    await settle();
    await page.press("Approve");
    expect(model.last()).toMatchObject({
      type: "submit_all",
      questions: ["q1"],
      answer: { action: "approve" },
      cells: { q1: [0] },
    }); // prettier-ignore
  });

  test("begins with what was typed into the single form", async () => {
    const { page, model } = opened({ selected: selected(0, { form: commenting }) });
    await page.type("all fine");
    await model.change({ bulk: bulk() });
    await page.press("Approve");
    expect(model.last()).toMatchObject({ type: "submit_all", answer: { comment: "all fine" } });
  });

  test("has a confirming phrase typed anew", () => {
    const drafts = { q0: JSON.stringify({ values: {}, comment: "", phrase: "yes" }) };
    const control = { ...approving("x"), parts: [], phrase: ["yes"] };
    const { page } = opened({
      drafts,
      bulk: bulk({ form: request(control, { id: "together-q0" }) }),
    });
    const fields = page.all("input, textarea") as HTMLInputElement[];
    expect(fields.map(({ value }) => value)).not.toContain("yes");
  });

  test("sends nothing while none is checked", async () => {
    const { page, model } = opened({ bulk: bulk() });
    (page.find("thead input") as HTMLInputElement).click();
    await settle();
    await page.press("Approve");
    expect(model.sent.filter((said) => "type" in said && said.type === "submit_all")).toEqual([]);
  });

  test("says of each what became of it", async () => {
    const { page, model } = opened({ bulk: bulk() });
    const [first, second] = bulk().rows;
    await model.change({
      bulk: bulk({ rows: [{ ...first!, said: ["Already answered by bob."] }, second!] }),
    });
    expect(page.all("tbody tr")[0]?.textContent).toContain("Already answered by bob.");
    expect(page.all("tbody input")).toHaveLength(1);
  });

  test("takes the width of the list, which comes back one by one", async () => {
    const { page, model } = opened({ bulk: bulk() });
    expect(page.all(".waiting-list")).toEqual([]);
    await page.press("One by one");
    expect(model.last()).toEqual({ type: "together", on: false });
    await model.change({ bulk: null });
    expect(page.all('[role="option"]')).toHaveLength(3);
  });

  test("leaves the arrows to its table", () => {
    const { page, model } = opened({ bulk: bulk() });
    const before = model.sent.length;
    expect(key(page.find(".hitl-table"), "ArrowDown").defaultPrevented).toBe(false);
    expect(model.sent).toHaveLength(before);
  });

  describe("cuts a long cell after three lines", () => {
    const cut = (...cells: string[]) =>
      bulk({ rows: [{ id: "q0", place: ["order-0"], cells: cells.map((cell) => [cell]) }] });
    const cells = (page: ReturnType<typeof open>) =>
      page
        .all("tbody td")
        .slice(1)
        .map((cell) => cell.textContent); // prettier-ignore

    test("of its own, or of a long text", () => {
      const { page } = opened({ bulk: cut("1\n2\n3", "1\n2\n3\n4", "a".repeat(300)) });
      expect(cells(page)).toEqual([
        "1\n2\n3",
        "1\n2\n3… show more",
        `${"a".repeat(114)}… show more`,
      ]);
    });

    test("and unfolds it", async () => {
      const { page } = opened({ bulk: cut("1\n2\n3\n4") });
      await page.press("show more");
      expect(cells(page)).toEqual(["1\n2\n3\n4 show less"]);
      expect(page.button("show less").getAttribute("aria-expanded")).toBe("true");
    });

    test("and counts as shown what was unfolded, also when it is folded again", async () => {
      const { page, model } = opened({ bulk: cut("1\n2\n3\n4", "a".repeat(300)) });
      await page.press("Approve");
      expect(model.last()).toMatchObject({ cells: { q0: [] } });
      await model.acknowledge((model.last() as { nonce: string }).nonce, "no");
      for (const press of ["show more", "show less"]) await page.press(press);
      await page.press("Approve");
      expect(model.last()).toMatchObject({ cells: { q0: [0] } });
    });
  });

  test("is accessible, cut cells and all", async () => {
    opened({
      bulk: bulk({ rows: [{ id: "q0", place: ["order-0"], cells: [["a".repeat(300)]] }] }),
    });
    const found = axe.run(document.body, { rules: { region: { enabled: false } } });
    await settle(2000);
    expect((await found).violations.map(({ id }) => id)).toEqual([]);
  });
});

test("an inbox is accessible", async () => {
  opened({ selected: selected(0, { form: commenting }) });
  const found = axe.run(document.body, { rules: { region: { enabled: false } } });
  await settle(2000);
  expect((await found).violations.map(({ id }) => id)).toEqual([]);
});

test("markup in what is listed stays text", () => {
  const evil = "<img src=x onerror=alert(1)>";
  const { page } = opened({ window: { start: 0, total: 1, rows: [row(0, { heading: [evil] })] } });
  expect(page.all("img")).toHaveLength(0);
  expect(page.text()).toContain(evil);
});
