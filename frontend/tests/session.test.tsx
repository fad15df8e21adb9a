import { describe, expect, test } from "vitest";
import type { Button, Header, ViewState } from "../src/messages";
import { approval, freshPage, key, open, said, settle, waiting, writing } from "./page";

freshPage();

const running: Header = { ...waiting, status: "running", note: ["running"], seconds: 71 };

function button(name: Button["name"], more: Partial<Button> = {}): Button {
  return { name, label: [name], title: [`about ${name}`], enabled: true, ...more };
}

const BUTTONS: Partial<ViewState> = {
  header: waiting,
  buttons: [button("step"), button("stop", { enabled: false }), button("export")],
};

describe("the header", () => {
  test("says how long the run was at work, and ticks while it is", async () => {
    const page = open({ header: running });
    expect(page.find("[role=timer]").textContent).toBe("1 min 11 s");
    await settle(2200);
    expect(page.find("[role=timer]").textContent).toBe("1 min 13 s");
    await page.model.update({ header: { ...waiting, seconds: 72.6 } });
    await settle(5000);
    expect(page.all("[role=timer]")).toEqual([]);
    expect(page.find(".standing").textContent).toContain("1 min 13 s");
  });

  test("folds the view, and what waits stays in sight", async () => {
    const page = open({ header: waiting, forms: [writing(), approval({ id: "q2" })] });
    await page.type("half an answer");
    page.find(".disclosure").click();
    await settle();
    expect(page.find(".disclosure").getAttribute("aria-expanded")).toBe("false");
    expect(page.find("textarea").closest("[hidden]")).not.toBeNull();
    page.button("2 questions wait").focus();
    await page.press("2 questions wait");
    expect(document.activeElement).toBe(page.find(".disclosure"));
    expect(page.find("textarea").closest("[hidden]")).toBeNull();
    expect(page.find<HTMLTextAreaElement>("textarea").value).toBe("half an answer");
  });

  test("time does not count as reading while the view is folded", async () => {
    const page = open({ header: waiting, forms: [approval()] });
    page.find(".disclosure").click();
    await settle(10_000);
    page.find(".disclosure").click();
    await settle(1000);
    await page.press("approve");
    expect(page.model.submits()[0]?.displayed.seconds).toBeLessThan(2);
  });
});

describe("the toolbar", () => {
  test("sends a wish and is locked until the kernel's word", async () => {
    const page = open(BUTTONS);
    await page.press("step");
    await page.press("step");
    const [wish, ...more] = said(page, "press");
    expect(more).toEqual([]);
    expect(wish).toMatchObject({ thread: "", button: "step", target: "" });
    await page.model.acknowledge(wish!.nonce);
    await page.press("step");
    expect(said(page, "press")).toHaveLength(2);
    expect(said(page, "press")[1]?.nonce).not.toBe(wish!.nonce);
  });

  test("says so when the kernel says nothing, and repeats nothing meanwhile", async () => {
    const page = open(BUTTONS);
    await page.press("step");
    await settle(1500);
    expect(page.find(".notice").textContent).toContain("not confirmed yet");
    await page.press("step");
    const [first, ...more] = said(page, "press");
    expect(more).toEqual([]);
    await page.model.acknowledge(first!.nonce);
    expect(page.all(".notice")).toEqual([]);
  });

  test("shows why a wish was refused", async () => {
    const page = open(BUTTONS);
    await page.press("step");
    await page.model.acknowledge(said(page, "press")[0]!.nonce, "It is running elsewhere.");
    expect(page.find(".words .errors").textContent).toBe("It is running elsewhere.");
  });

  test("a disabled button says why and does nothing", async () => {
    const page = open(BUTTONS);
    await page.press("stop");
    expect(said(page, "press")).toEqual([]);
    expect(page.find(".reason").textContent).toBe("about stop");
  });

  test("arrow keys move along it, and it has one tab stop", async () => {
    const page = open(BUTTONS);
    page.button("step").focus();
    key(page.button("step"), "ArrowRight");
    expect(document.activeElement).toBe(page.button("stop"));
    key(page.button("stop"), "End");
    await settle();
    expect(page.all(".tool").filter(({ tabIndex }) => tabIndex === 0)).toEqual([
      page.button("export"),
    ]);
  });

  test("export asks for a path first", async () => {
    const page = open(BUTTONS);
    page.button("export").focus();
    await page.press("export");
    const field = page.find<HTMLInputElement>(".path input");
    expect(document.activeElement).toBe(field);
    key(field, "Enter");
    await settle();
    expect(page.find(".path .errors").textContent).toBe("Type a path first.");
    field.value = "run.hitl";
    key(field, "Enter");
    await settle();
    expect(said(page, "press")[0]).toMatchObject({ button: "export", target: "run.hitl" });
    await page.model.acknowledge(said(page, "press")[0]!.nonce);
    await settle();
    expect(page.all(".path")).toEqual([]);
    expect(document.activeElement).toBe(page.button("export"));
  });

  test("Escape leaves the path field", async () => {
    const page = open(BUTTONS);
    await page.press("export");
    key(page.find(".path input"), "Escape");
    await settle();
    expect(page.all(".path")).toEqual([]);
    expect(said(page, "press")).toEqual([]);
  });

  test("nothing can be pressed without a kernel", async () => {
    const page = open(BUTTONS);
    page.model.emit("comm:close");
    await settle();
    await page.press("step");
    expect(said(page, "press")).toEqual([]);
    expect(page.button("step").getAttribute("aria-disabled")).toBe("true");
  });
});

test("a failure offers to try again, and only there", async () => {
  const failure = { title: ["Node send raised ValueError"], traceback: [] };
  const page = open({ failure, buttons: [button("step"), button("retry")] });
  expect(page.all(".tool").map(({ textContent }) => textContent)).toEqual(["step", "retry"]);
  page.find(".failure .tool").click();
  await settle();
  expect(said(page, "press")[0]).toMatchObject({ button: "retry" });
});

test("a button that goes leaves the keyboard in the view", async () => {
  const failure = { title: ["Node send raised ValueError"], traceback: [] };
  const page = open({ header: waiting, failure, buttons: [button("retry")] });
  page.button("retry").focus();
  await page.model.update({ failure: null, buttons: [] });
  expect(document.activeElement).toBe(page.find(".disclosure"));
});

test("notices are said", () => {
  const page = open({ notices: [["This thread is answered in another notebook."]] });
  expect(page.find("[role=status] > .notice").textContent).toBe(
    "This thread is answered in another notebook.",
  );
});

test("a form that takes the place of another says so", () => {
  const page = open({ forms: [approval({ follows: "q0" })] });
  expect(page.find(".follows").textContent).toContain("stale");
});
