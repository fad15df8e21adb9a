import { describe, expect, test } from "vitest";
import { approval, FakeModel, freshPage, open, settle, waiting, writing } from "./page";

freshPage();

const value = (page: ReturnType<typeof open>) => page.find<HTMLTextAreaElement>("textarea").value;

describe("drafts", () => {
  test("a draft travels when typing has stopped for 300 ms", async () => {
    const page = open({ forms: [writing()] });
    for (const text of ["4", "42"]) {
      await page.type(text);
      await settle(250);
    }
    expect(page.model.drafts()).toEqual([]);
    await settle(60);
    expect(page.model.drafts()).toEqual(["42"]);
  });

  test("leaving the field sends the draft at once, and only once", async () => {
    const page = open({ forms: [writing()] });
    await page.type("42");
    page.find("textarea").dispatchEvent(new FocusEvent("focusout"));
    await settle(500);
    expect(page.model.drafts()).toEqual(["42"]);
  });

  test("no draft follows an answer", async () => {
    const page = open({ forms: [writing()] });
    await page.type("42");
    await page.press("Submit");
    page.find("textarea").dispatchEvent(new FocusEvent("focusout"));
    await settle(1000);
    expect(page.model.drafts()).toEqual([]);
  });

  test("a form first drawn begins with its draft", () => {
    const page = open({ forms: [writing()], drafts: { q1: "half an ans" } });
    expect(value(page)).toBe("half an ans");
  });

  test("a changed draft never touches a form already drawn", async () => {
    const page = open({ forms: [writing()] });
    await page.type("mine");
    await page.model.update({ drafts: { q1: "somebody else's" } });
    expect(value(page)).toBe("mine");
  });
});

describe("typed text", () => {
  test("survives every other change, in the same field", async () => {
    const page = open({ forms: [writing()], header: waiting });
    const field = page.find("textarea");
    await page.type("mine");
    await page.model.update({
      header: { ...waiting, note: ["waiting for you: 2 questions"] },
      timeline: [{ kind: "step", node: ["other"], seconds: 1, changes: [] }],
      forms: [approval({ id: "q0" }), writing({ context: [{ label: ["new"], text: ["row"] }] })],
      result: [],
    });
    expect(page.find("textarea")).toBe(field);
    expect(value(page)).toBe("mine");
  });

  test("is found again when the cell of a lost kernel is run again", async () => {
    const lost = open({ forms: [writing({ id: "q9" })] });
    await lost.type("written before the kernel went");
    lost.model.comm_live = false;
    lost.leave();
    expect(value(open({ forms: [writing({ id: "q9" })] }))).toBe("written before the kernel went");
  });

  test("is there in a view drawn anew, which comes before the one it replaces has gone", async () => {
    const lost = open({ forms: [writing({ id: "q9" })] });
    await lost.type("half an ans");
    lost.leave();
    const model = new FakeModel({ forms: [] });
    const first = open(model);
    await model.update({ forms: [writing({ id: "q9" })] });
    expect(value(first)).toBe("half an ans");
    const second = open(model);
    expect(value(second)).toBe("half an ans");
    await second.type("half an answer");
    second.leave();
    first.leave();
    expect(value(open(model))).toBe("half an answer");
    expect(model.drafts()).toEqual(["half an answer"]);
  });

  test("is forgotten once it was answered, here or elsewhere", async () => {
    const page = open({ forms: [writing({ id: "q8" }), writing({ id: "q9" })] });
    await page.type("an answer");
    await page.press("Submit");
    await page.model.acknowledge(page.model.submits()[0]!.nonce);
    await page.model.update({ forms: [writing({ id: "q9" })] });
    await page.type("too late");
    await page.model.update({ forms: [] });
    page.leave();
    for (const id of ["q8", "q9"]) expect(value(open({ forms: [writing({ id })] }))).toBe("");
  });
});

describe("a lost kernel", () => {
  test.each([
    ["the comm closes", (model: FakeModel) => model.emit("comm:close")],
    [
      "the comm is said to be dead",
      (model: FakeModel) => {
        model.comm_live = false;
        model.emit("comm_live_update");
      },
    ],
  ])("when %s, the view says so, sends nothing and keeps the text readable", async (_, lose) => {
    const page = open({ forms: [writing()] });
    await page.type("42");
    lose(page.model);
    await settle(1000);
    expect(page.text()).toContain("This view lost its kernel.");
    await page.press("Submit");
    expect(page.model.sent).toEqual([{ type: "here" }]);
    expect(value(page)).toBe("42");
    expect(page.find<HTMLTextAreaElement>("textarea").readOnly).toBe(true);
    expect(page.find<HTMLTextAreaElement>("textarea").disabled).toBe(false);
  });

  test("a host that marks the element as disconnected is believed", async () => {
    const page = open({ forms: [approval()] });
    page.model.comm_live = undefined;
    page.el.classList.add("jupyter-widgets-disconnected");
    page.model.emit("comm_live_update");
    await settle();
    expect(page.text()).toContain("This view lost its kernel.");
  });

  test("a kernel that is gone is not said to run or to wait", async () => {
    const page = open({ header: waiting, forms: [approval()] });
    expect(page.find(".standing").textContent).toContain("waiting for you");
    page.model.comm_live = false;
    page.model.emit("comm_live_update");
    await settle();
    expect(page.find(".standing").textContent).toContain("no kernel");
    expect(page.find(".standing").textContent).not.toContain("waiting");
  });

  test("the model of a host that tells nothing itself is asked through its view", async () => {
    const page = open({ forms: [approval()] });
    page.model.comm_live = undefined;
    page.model.view = { model: { comm_live: false } };
    page.model.emit("comm_live_update");
    await settle();
    expect(page.text()).toContain("This view lost its kernel.");
    await page.model.update({ forms: [approval({ heading: ["Still there?"] })] });
    expect(page.text()).not.toContain("lost its kernel");
  });

  test("a kernel that comes back is used again", async () => {
    const page = open({ forms: [approval()] });
    page.model.emit("comm:close");
    await settle();
    page.model.emit("comm_live_update");
    await settle();
    expect(page.text()).not.toContain("lost its kernel");
    await page.press("approve");
    expect(page.model.submits()).toHaveLength(1);
  });
});

test("saved text is hidden only while its view is drawn", () => {
  const [mine, other] = [1, 2].map((token) => {
    const text = document.createElement("div");
    text.className = `hitl-nb-saved hitl-nb-saved-${token}`;
    document.body.append(text);
    return () => getComputedStyle(text).display;
  });
  const page = open(new FakeModel({ saved: "hitl-nb-saved-1" }));
  expect([mine?.(), other?.()]).toEqual(["none", "block"]);
  page.leave();
  expect([mine?.(), other?.()]).toEqual(["block", "block"]);
});

describe("two views of one model", () => {
  test("are both usable and agree on what is answered", async () => {
    const model = new FakeModel({ forms: [writing()] });
    const [left, right] = [open(model), open(model)];
    await left.type("left");
    await right.type("right");
    await right.press("Submit");
    await model.acknowledge(model.submits()[0]!.nonce);
    expect(value(left)).toBe("left");
    await model.update({ forms: [] });
    expect(left.all(".question")).toHaveLength(0);
    expect(right.all(".question")).toHaveLength(0);
  });

  test("share no element id", () => {
    const model = new FakeModel({ forms: [writing()] });
    const ids = [open(model), open(model)].flatMap((page) => page.all("[id]").map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("one can go without the other, and takes its listeners along", async () => {
    const model = new FakeModel({ forms: [approval()] });
    const [left, right] = [open(model), open(model)];
    const both = model.listeners();
    left.leave();
    expect(model.listeners()).toBe(both / 2);
    expect(left.el.childNodes).toHaveLength(0);
    await right.press("approve");
    expect(model.submits()).toHaveLength(1);
  });
});
