import { describe, expect, test } from "vitest";
import type { Acknowledge } from "../src/messages";
import { acknowledged, type Submission } from "../src/widget/submission";
import {
  approval,
  approving,
  freshPage,
  key,
  open,
  options,
  request,
  settle,
  writing,
} from "./page";

freshPage();

function wordOn(nonce: string, accepted: boolean): Acknowledge {
  return { type: "acknowledge", nonce, accepted, errors: [] };
}

describe("one answer", () => {
  test("a choice is sent with its index, its label and what was displayed", async () => {
    const page = open({ forms: [approval({ context: [{ label: ["sum"], text: ["$50"] }] })] });
    await settle(2000);
    await page.press("reject");
    const [submit] = page.model.submits();
    expect(submit).toMatchObject({
      type: "submit",
      question: "q1",
      answer: { choice: 1, label: "reject" },
      displayed: { seconds: 2, pages: [{ path: [0], start: 0, whole: true }] },
    });
    expect(submit?.nonce).not.toBe("");
  });

  test("a double click delivers one message", () => {
    const page = open({ forms: [approval()] });
    page.button("approve").click();
    page.button("approve").click();
    page.button("reject").click();
    expect(page.model.submits()).toHaveLength(1);
  });

  test("the second click of a double click does not answer the question that came next", async () => {
    const page = open({ forms: [approval()] });
    const click = (detail: number) =>
      page.button("approve").dispatchEvent(new MouseEvent("click", { detail, bubbles: true }));
    click(1);
    await page.model.update({ forms: [approval({ id: "q2" })] });
    click(2);
    expect(page.model.submits().map(({ question }) => question)).toEqual(["q1"]);
  });

  test("an accepted form says sent and stays locked until the kernel takes it away", async () => {
    const page = open({ forms: [approval()] });
    await page.press("approve");
    await page.model.acknowledge(page.model.submits()[0]!.nonce);
    await settle(5000);
    expect(page.find(".status").textContent).toBe("sent");
    await page.press("reject");
    expect(page.model.submits()).toHaveLength(1);
    await page.model.update({ forms: [] });
    expect(page.all(".question")).toHaveLength(0);
  });

  test("a rejected answer shows its errors at the field and keeps what was typed", async () => {
    const page = open({ forms: [writing()] });
    await page.type("order forty-two");
    await page.press("Submit");
    await page.model.acknowledge(page.model.submits()[0]!.nonce, "Must be a number.");
    const field = page.find<HTMLTextAreaElement>("textarea");
    expect(field.value).toBe("order forty-two");
    expect(field.readOnly).toBe(false);
    expect(field.getAttribute("aria-invalid")).toBe("true");
    const described = document.getElementById(field.getAttribute("aria-describedby")!);
    expect(described?.textContent).toBe("Must be a number.");
  });

  test("the answer is what stands in the field at the click, told or not", async () => {
    const page = open({ forms: [writing()] });
    page.find<HTMLTextAreaElement>("textarea").value = "typed, and no event came";
    await page.press("Submit");
    expect(page.model.submits()[0]?.answer).toEqual({ text: "typed, and no event came" });
  });
});

describe("a kernel that says nothing", () => {
  const NOT_YET = "was sent and is not confirmed yet; the kernel may be busy.";

  test("after a second and a half the view says what is on its way, and keeps it", async () => {
    const page = open({ forms: [writing()] });
    await page.type("42");
    await page.press("Submit");
    await settle(1400);
    expect(page.text()).not.toContain(NOT_YET);
    await settle(100);
    expect(page.text()).toContain(`Your answer ${NOT_YET} What you typed is kept.`);
    expect(page.find<HTMLTextAreaElement>("textarea").value).toBe("42");
  });

  test.each([
    ["a choice", approval(), "reject", "“reject”"],
    ["a request", request(approving("Dear Ines.")), "Approve", "“Approve”"],
  ])("the answer to %s is called as its button is", async (_, form, button, words) => {
    const page = open({ forms: [form] });
    await page.press(button);
    await settle(1600);
    expect(page.text()).toContain(`${words} ${NOT_YET}`);
  });

  test("what is on its way may still count, so nothing else is sent after it", async () => {
    const page = open({ forms: [approval()] });
    await page.press("approve");
    await settle(3000);
    await page.press("reject");
    await page.press("approve");
    expect(page.model.submits().map(({ answer }) => answer)).toEqual([
      { choice: 0, label: "approve" },
    ]);
  });

  test("a late acknowledgement takes the notice away", async () => {
    const page = open({ forms: [approval()] });
    await page.press("approve");
    await settle(1600);
    await page.model.acknowledge(page.model.submits()[0]!.nonce);
    expect(page.text()).not.toContain("not confirmed");
    expect(page.find(".status").textContent).toBe("sent");
  });

  test("a late refusal opens the form again, and the next answer has a nonce of its own", async () => {
    const page = open({ forms: [approval()] });
    await page.press("approve");
    await settle(1600);
    await page.model.acknowledge(page.model.submits()[0]!.nonce, "Not today.");
    expect(page.text()).not.toContain("not confirmed");
    await page.press("approve");
    expect(new Set(page.model.submits().map(({ nonce }) => nonce)).size).toBe(2);
  });

  test("what was sent and not confirmed is there in the view that takes its place", async () => {
    const page = open({ forms: [writing()] });
    await page.type("42");
    await page.press("Submit");
    await settle(1600);
    page.leave();
    const again = open({ forms: [writing()] });
    expect(again.find<HTMLTextAreaElement>("textarea").value).toBe("42");
    await again.press("Submit");
    expect(again.model.submits()).toHaveLength(1);
  });

  test("an acknowledgement of somebody else's nonce changes nothing", () => {
    const mine: Submission = {
      phase: "sending",
      nonce: "mine",
      answer: { text: "42" },
      errors: [],
    };
    expect(acknowledged(mine, wordOn("other", true))).toBe(mine);
  });
});

describe("text", () => {
  test("an empty answer is refused at the field", async () => {
    const page = open({ forms: [writing()] });
    await page.type("  ");
    await page.press("Submit");
    expect(page.model.submits()).toHaveLength(0);
    expect(page.find(".errors").textContent).toBe("Write an answer first.");
    expect(page.find("textarea").getAttribute("aria-invalid")).toBe("true");
  });

  test.each([{ ctrlKey: true }, { metaKey: true }])("%o and Enter submits", async (held) => {
    const page = open({ forms: [writing()] });
    await page.type("42");
    key(page.find("textarea"), "Enter", held);
    expect(page.model.submits()[0]?.answer).toEqual({ text: "42" });
  });

  test.each([{}, { shiftKey: true }, { ctrlKey: true, repeat: true }])(
    "%o and Enter does not",
    async (held) => {
      const page = open({ forms: [writing()] });
      await page.type("42");
      key(page.find("textarea"), "Enter", held);
      expect(page.model.submits()).toHaveLength(0);
    },
  );

  test("a quick reply submits its text at once", async () => {
    const page = open({ forms: [writing()] });
    await page.press("skip");
    expect(page.model.submits()[0]?.answer).toEqual({ text: "skip" });
  });

  test("a quick reply is locked while there is text it would discard", async () => {
    const page = open({ forms: [writing()] });
    await page.type("half an ans");
    await page.press("skip");
    expect(page.model.submits()).toHaveLength(0);
    await page.type("");
    await page.press("skip");
    expect(page.model.submits()).toHaveLength(1);
  });
});

describe("a dropdown", () => {
  const teams = options("a", "b", "c", "d", "e", "f", "g");

  test("starts empty and cannot be submitted so", async () => {
    const page = open({ forms: [approval({ control: teams })] });
    expect(page.find<HTMLSelectElement>("select").value).toBe("");
    await page.press("Submit");
    expect(page.model.submits()).toHaveLength(0);
  });

  test("submits what was chosen", async () => {
    const page = open({ forms: [approval({ control: teams })] });
    const select = page.find<HTMLSelectElement>("select");
    select.value = "2";
    select.dispatchEvent(new Event("change", { bubbles: true }));
    await settle();
    await page.press("Submit");
    expect(page.model.submits()[0]?.answer).toEqual({ choice: 2, label: "c" });
  });
});

test("a control this view does not know is said, not guessed", () => {
  const control = { kind: "schema" } as never;
  const page = open({ forms: [approval({ control })] });
  expect(page.text()).toContain("cannot draw this question");
});
