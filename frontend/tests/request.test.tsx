import { describe, expect, test } from "vitest";
import type { FieldError, RequestControl } from "../src/messages";
import {
  answers,
  approving,
  field,
  filling,
  freshPage,
  key,
  open,
  request,
  settle,
  type,
} from "./page";

freshPage();

const DRAFT = "We are sorry for the delay.";

describe("an approval", () => {
  test("sends the draft as it was proposed", async () => {
    const page = open({ forms: [request(approving(DRAFT))] });
    await page.press("Approve");
    expect(answers(page)).toEqual([
      {
        action: "approve",
        values: { draft: DRAFT },
        comment: "",
        decisions: {},
        phrase: "",
        reviewer: "",
      },
    ]);
  });

  test("says what the edit makes of it, shows the edit, and sends it as one", async () => {
    const page = open({ forms: [request(approving(DRAFT))] });
    await type(field(page, "draft"), "We are very sorry for it.");
    expect(page.find(".primary").textContent).toBe("Approve as editedaCtrl+Enter");
    expect(page.find(".edits ins").textContent.trim()).toBe("very");
    expect(
      page
        .all(".edits del")
        .map((del) => del.textContent)
        .join(" "),
    ).toContain("delay");
    await page.press("Approve as edited");
    expect(answers(page)[0]).toMatchObject({
      action: "edit",
      values: { draft: "We are very sorry for it." },
    });
  });

  test("says of a secret that it was changed, and not to what", async () => {
    const key = { type: "string", format: "password" };
    const nested = { anyOf: [{ type: "object", properties: { key } }, { type: "null" }] };
    const schema = { type: "object", properties: { user: { type: "string" }, key, nested } };
    const value = {
      user: "ana",
      key: "hunter1",
      nested: { $branch: 0, value: { key: "hunter3" } },
    };
    const page = open({ forms: [request(approving(value, { schema }))] });
    await type(field(page, "user"), "ben");
    expect(page.find(".edits").textContent).not.toContain("•");
    const [outer, inner] = page.all("input[type=password]") as HTMLInputElement[];
    await type(outer!, "hunter2");
    await type(inner!, "hunter4");
    const edits = page.find(".edits").textContent;
    expect(edits.match(/•+ changed/g)).toHaveLength(2);
    expect(edits).not.toContain("hunter");
  });

  test("masks what is secret where no field is drawn for it", async () => {
    const key = { type: "string", format: "password" };
    const account = { type: "object", properties: { key } };
    const schema = {
      type: "object",
      $defs: { Account: account },
      properties: {
        login: { anyOf: [{ $ref: "#/$defs/Account" }, { type: "integer" }] },
        keys: { type: "array", items: key },
        notes: { type: "object", additionalProperties: { $ref: "#/$defs/Account" } },
      },
    };
    const value = {
      login: { $branch: 0, value: { key: "hunter1" } },
      keys: ["hunter2", "hunter3"],
      notes: { $entries: [["a", { $json: '["hunter4"]' }]] },
    };
    const now = {
      login: { $branch: 1, value: { $number: "7" } },
      keys: ["hunter9"],
      notes: { $entries: [] },
    };
    const page = open({
      forms: [request(approving(value, { schema }))],
      drafts: { q1: JSON.stringify({ values: { draft: now }, comment: "" }) },
    });
    const edits = page.find(".edits").textContent;
    expect(edits).toContain("7");
    expect(edits).toMatch(/•+ changed/);
    expect(edits).not.toContain("hunter");
  });

  test("a secret that is optional, a number or JSON is typed unseen", async () => {
    const schema = {
      type: "object",
      properties: {
        key: { anyOf: [{ type: "string" }, { type: "null" }], writeOnly: true },
        pin: { type: "integer", minimum: 0, maximum: 9, writeOnly: true },
        any: { writeOnly: true },
      },
    };
    const value = {
      key: { $branch: 0, value: "hunter1" },
      pin: { $number: "7" },
      any: { $json: '"hunter2"' },
    };
    const page = open({ forms: [request(approving(value, { schema }))] });
    const fields = page.all("input[type=password]") as HTMLInputElement[];
    expect(fields.map((one) => one.value)).toEqual(["hunter1", "7", '"hunter2"']);
    expect(
      page
        .all("textarea")
        .map((one) => one.textContent)
        .join(),
    ).not.toContain("hunter");
  });

  test("an edit taken back is none", async () => {
    const page = open({ forms: [request(approving(DRAFT))] });
    await type(field(page, "draft"), "other");
    await page.press("reset");
    expect(field(page, "draft").value).toBe(DRAFT);
    expect(page.all(".edits")).toEqual([]);
    await page.press("Approve");
    expect(answers(page)[0]?.action).toBe("approve");
  });

  test("a rejection without words is not sent, and the comment gets the keyboard", async () => {
    const page = open({ forms: [request(approving(DRAFT))] });
    await page.press("Reject");
    await settle(100);
    expect(page.model.submits()).toEqual([]);
    expect(document.activeElement).toBe(field(page, "comment"));
    expect(field(page, "comment").getAttribute("aria-invalid")).toBe("true");
    expect(field(page, "comment").placeholder).toBe("needed for Reject");
    expect(page.text()).toContain("Reject needs a few words: write them first.");
    await type(field(page, "comment"), "too short");
    expect(field(page, "comment").getAttribute("aria-invalid")).toBe("false");
    await page.press("Reject");
    expect(answers(page)[0]).toMatchObject({ action: "reject", comment: "too short" });
  });

  test("words that every action needs are marked as required", () => {
    const { actions, ...control } = approving(DRAFT);
    const page = open({ forms: [request({ ...control, actions: actions.slice(0, 1) })] });
    expect(field(page, "comment *").getAttribute("aria-required")).toBe("true");
  });

  test.each([
    ["one field", { a: "x" }, ["reset"]],
    ["two fields", { a: "x", b: "y" }, ["reset", "reset", "reset all"]],
  ])("%s that changed can be reset, each in one place", async (_, typed, resets) => {
    const schema = {
      type: "object",
      properties: { a: { type: "string" }, b: { type: "string" } },
      required: ["a", "b"],
    };
    const page = open({ forms: [request(approving({ a: "1", b: "2" }, { schema }))] });
    for (const [name, text] of Object.entries(typed)) {
      await type(field(page, name === "a" ? "a *" : "b *"), text);
    }
    expect(page.all(".back").map((button) => button.textContent)).toEqual(resets);
    await page.press(resets.at(-1) ?? "");
    expect(page.all(".back")).toEqual([]);
    expect(field(page, "a *").value).toBe("1");
    expect(field(page, "b *").value).toBe("2");
  });

  test("a button that goes away leaves the keyboard in the form", async () => {
    const page = open({ forms: [request(approving(DRAFT))] });
    await type(field(page, "draft"), "other");
    page.button("reset").focus();
    await page.press("reset");
    await settle(50);
    expect(document.activeElement).toBe(field(page, "draft"));
  });

  test("shows hidden characters of what is typed", async () => {
    const page = open({ forms: [request(approving(DRAFT))] });
    await type(field(page, "draft"), "pay\u202e me");
    expect(page.find(".hidden-characters .hitl-mark").title).toBe("RIGHT-TO-LEFT OVERRIDE");
  });

  test("only the properties that may be edited have a field", () => {
    const schema = {
      type: "object",
      properties: { to: { type: "string" }, sum: { type: "string" } },
    };
    const control = approving({ to: "ana", sum: "12" }, { schema, editable: ["sum"] });
    const page = open({ forms: [request(control)] });
    expect(page.all(".part input")).toEqual([field(page, "sum")]);
    expect(page.find(".part").textContent).toContain("ana");
  });

  test("two clicks answer once", async () => {
    const page = open({ forms: [request(approving(DRAFT))] });
    page.button("Approve").click();
    await page.press("Approve");
    expect(page.model.submits()).toHaveLength(1);
  });
});

describe("keys", () => {
  test.each(["a", "A"])("%s approves while no field has the keyboard", async (letter) => {
    const page = open({ forms: [request(approving(DRAFT))] });
    page.find(".question").focus();
    key(page.find(".question"), letter);
    expect(answers(page)[0]?.action).toBe("approve");
  });

  test.each([{ repeat: true }, { altKey: true }, { ctrlKey: true }])(
    "%o and a letter does not",
    (held) => {
      const page = open({ forms: [request(approving(DRAFT))] });
      key(page.find(".question"), "a", held);
      expect(page.model.submits()).toEqual([]);
    },
  );

  test("a letter in a field is text", () => {
    const page = open({ forms: [request(approving(DRAFT))] });
    key(field(page, "comment"), "a");
    expect(page.model.submits()).toEqual([]);
  });

  test("Ctrl+Enter does the primary action from anywhere, Enter never", () => {
    const page = open({ forms: [request(approving(DRAFT))] });
    for (const place of [page.find(".question"), field(page, "draft"), field(page, "comment")])
      key(place, "Enter");
    expect(key(page.button("Approve"), "Enter").defaultPrevented).toBe(true);
    expect(key(page.button("Reject"), "Enter").defaultPrevented).toBe(false);
    expect(page.model.submits()).toEqual([]);
    key(field(page, "comment"), "Enter", { ctrlKey: true });
    expect(page.model.submits()).toHaveLength(1);
  });

  test("the next form gives the keyboard to a field, never to an action", async () => {
    const page = open({ forms: [request(approving(DRAFT))] });
    page.button("Approve").focus();
    await page.press("Approve");
    await page.model.update({ forms: [request(approving("next"), { id: "q2" })] });
    expect(document.activeElement).toBe(field(page, "draft"));
  });
});

describe("fields beside the parts", () => {
  const verify: RequestControl = {
    ...approving(DRAFT),
    parts: [],
    phrase: ["drop prod"],
    reviewer: "",
  };

  test("a phrase has to be typed exactly, and somebody has to say who answers", async () => {
    const page = open({ forms: [request(verify)] });
    await type(field(page, "type drop prod"), "drop prod ");
    await page.press("Approve");
    await settle(100);
    expect(page.all(".errors p").map((p) => p.textContent)).toContain(
      "Type the phrase exactly as it is shown.",
    );
    expect(page.text()).toContain("Say who answers.");
    await type(field(page, "type drop prod"), "drop prod");
    await type(field(page, "your name *"), "ana");
    await page.press("Approve");
    expect(answers(page)[0]).toMatchObject({ phrase: "drop prod", reviewer: "ana" });
  });

  test("the phrase comes first, as nothing is done without it", () => {
    const page = open({ forms: [request(verify)] });
    const words = page.all(".phrase, .comment").map(({ classList }) => classList[1]);
    expect(words).toEqual(["phrase", "comment"]);
  });

  test("a form that asks no name sends none, also of a draft", async () => {
    const drafted = JSON.stringify({ values: {}, comment: "no", reviewer: "zoe" });
    const form = request({ ...verify, phrase: null, reviewer: null });
    const page = open({ forms: [form], drafts: { [form.id]: drafted } });
    await page.press("Reject");
    expect(answers(page)[0]).toMatchObject({ comment: "no", reviewer: "" });
  });

  test("no phrase is needed to reject", async () => {
    const page = open({ forms: [request({ ...verify, reviewer: null })] });
    await type(field(page, "comment"), "no");
    await page.press("Reject");
    expect(answers(page)[0]?.action).toBe("reject");
  });
});

describe("decisions on each part", () => {
  const own = approving("").actions.map((action) => ({ ...action, primary: false }));
  const call = (name: string) => ({
    ...approving(
      { sum: "1" },
      { schema: { type: "object", properties: { sum: { type: "string" } } } },
    ).parts[0]!,
    name,
    label: [name],
    actions: own,
  });
  const review: RequestControl = {
    ...approving(""),
    parts: [call("send"), call("pay")],
    actions: [
      {
        name: "decide",
        label: ["Submit"],
        key: "s",
        primary: true,
        words: "optional",
        values: true,
      },
    ],
  };
  const choose = async (page: ReturnType<typeof open>, part: string, label: string) => {
    const set = page
      .all("fieldset")
      .find((one) => one.querySelector("legend")?.textContent === part);
    const option = [...(set?.querySelectorAll("label") ?? [])].find(
      (one) => one.textContent === label,
    );
    option?.querySelector("input")?.click();
    await settle();
  };

  test("are all wanted, each with its words", async () => {
    const page = open({ forms: [request(review)] });
    await choose(page, "send", "Approve");
    await page.press("Submit");
    expect(page.text()).toContain("Decide about this one too.");
    await choose(page, "pay", "Reject");
    await page.press("Submit");
    expect(page.model.submits()).toEqual([]);
    await type(field(page, "message *"), "too much");
    await page.press("Submit");
    expect(answers(page)[0]?.decisions).toEqual({
      send: { action: "approve", message: "" },
      pay: { action: "reject", message: "too much" },
    });
  });

  test("an approval of an edited part is an edit", async () => {
    const page = open({ forms: [request({ ...review, parts: [call("pay")] })] });
    await type(field(page, "sum"), "2");
    await choose(page, "pay", "Approve as edited");
    await page.press("Submit");
    expect(answers(page)[0]).toMatchObject({
      action: "decide",
      values: { pay: { sum: "2" } },
      decisions: { pay: { action: "edit" } },
    });
  });
});

describe("a refused answer", () => {
  const schema = {
    type: "object",
    properties: { name: { type: "string" }, tags: { type: "array", items: { type: "string" } } },
    required: ["name"],
  };
  const value = { name: "x", tags: ["a", "b"] };
  const refused = async (...errors: [FieldError["path"], string][]) => {
    const page = open({ forms: [request(filling(schema, value))] });
    await page.press("Submit");
    await page.model.refuse(errors.map(([path, message]) => ({ path, message: [message] })));
    await settle(100);
    return page;
  };

  test("shows each error at its field, the first of which gets the keyboard", async () => {
    const page = await refused(
      [["answer", "tags", 1], "too short"],
      [["answer", "name"], "not a name"],
    );
    const name = field(page, "name *");
    expect(document.activeElement).toBe(name);
    const described = document.getElementById(name.getAttribute("aria-describedby")!);
    expect(described?.textContent).toBe("not a name");
    expect(field(page, "tags 2").getAttribute("aria-invalid")).toBe("true");
    expect(field(page, "tags 1").getAttribute("aria-invalid")).toBe("false");
    expect(page.text()).toContain("2 fields above need another look.");
  });

  test("shows an error without a field at the nearest group", async () => {
    const page = await refused([["answer", "tags", 7], "one too many"]);
    expect(page.find("fieldset > .errors").textContent).toBe("one too many");
  });

  test("shows an error of the whole above the actions", async () => {
    const page = await refused([[], "No longer open."]);
    expect(page.find(".summary").textContent).toBe("No longer open.");
  });

  test("what is changed is no longer wrong", async () => {
    const page = await refused(
      [["answer", "tags", 1], "too short"],
      [["answer", "name"], "not a name"],
    );
    await type(field(page, "name *"), "ana");
    expect(page.text()).not.toContain("not a name");
    expect(page.text()).toContain("too short");
  });

  test("keeps what was typed", async () => {
    const page = open({ forms: [request(filling(schema, value))] });
    await type(field(page, "name *"), "typed");
    await page.press("Submit");
    await page.model.refuse([{ path: ["answer", "name"], message: ["no"] }]);
    expect(field(page, "name *").value).toBe("typed");
    expect(field(page, "name *").readOnly).toBe(false);
  });
});

describe("around the question", () => {
  test("facts, deadline and history are said", async () => {
    const form = request(approving(DRAFT), {
      facts: [
        { text: ["hard gate"], warns: false },
        { text: ["risk high"], warns: true },
      ],
      deadline: { left: 288, then: ["rejects"] },
      history: [["escalated by ana"]],
    });
    const page = open({ forms: [form] });
    expect(page.find(".facts .warns").textContent).toBe("risk high");
    expect(page.find(".facts [role=timer]").textContent).toBe("4:48");
    await settle(3100);
    expect(page.find(".facts [role=timer]").textContent).toBe("4:45");
    expect(page.find(".history").textContent).toBe("escalated by ana");
  });

  test("the deadline is said aloud only now and then", async () => {
    const form = request(approving(DRAFT), { deadline: { left: 62, then: ["rejects"] } });
    const page = open({ forms: [form] });
    expect(page.find(".deadline [role=status]").textContent).toBe(
      "less than 10 minutes left, then rejects",
    );
    await settle(30_000);
    expect(page.find(".deadline [role=status]").textContent).toBe(
      "less than 1 minute left, then rejects",
    );
    await settle(60_000);
    expect(page.find(".deadline [role=status]").textContent).toBe("time is up: rejects");
  });

  test("a table has header cells and says its size", () => {
    const table = { columns: [["sum"]], rows: [[["0"], ["12"]]], size: [5000, 1] };
    const page = open({
      forms: [request(approving(DRAFT), { context: [{ label: ["orders"], table }] })],
    });
    expect(page.all("th").map((th) => th.getAttribute("scope"))).toEqual(["col", "row"]);
    expect(page.find(".hitl-table .note").textContent).toBe(
      "5,000 rows × 1 column, of which 1 × 1 are shown",
    );
  });

  test("pages of a long text are turned, and count as displayed", async () => {
    const page = open({
      forms: [
        request(approving(DRAFT), {
          context: [{ label: ["log"], text: ["begin"], size: 12, end: 5 }],
          must_see: 1,
        }),
      ],
    });
    await settle();
    expect(page.find(".unseen-rest").textContent).toContain("7 of the 12 characters have not been");
    await page.press("next page");
    expect(page.model.sent.at(-1)).toEqual({ type: "turn", question: "q1", path: [0], start: 5 });
    page.model.emit("msg:custom", {
      type: "page",
      question: "q1",
      path: [0],
      start: 5,
      text: ["the end"],
      end: 12,
      size: 12,
    });
    await settle();
    expect(page.find(".question .value").textContent).toBe("…the end");
    expect(page.text()).toContain("characters 6 to 12 of 12");
    expect(page.all(".unseen-rest")).toEqual([]);
    await page.press("Approve");
    expect(page.model.submits()[0]?.displayed.pages).toEqual([
      { path: [0], start: 0, whole: true },
      { path: [0], start: 5, whole: true },
    ]);
    await page.press("previous page");
    expect(page.find(".question .value").textContent).toBe("begin…");
  });
});
