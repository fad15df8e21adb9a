import { expect, test } from "vitest";
import { approval, freshPage, key, open, settle, writing } from "./page";

freshPage();

const tabs = (page: ReturnType<typeof open>) => page.all('[role="tab"]');
const shown = (page: ReturnType<typeof open>) =>
  page.all(".hitl-panel").filter(({ hidden }) => !hidden);

const three = () => [
  writing({ node: ["ask"] }),
  approval({ id: "q2", node: ["review"] }),
  approval({ id: "q3", node: ["review"] }),
];

test("one question has no tabs", () => {
  const page = open({ forms: [approval()] });
  expect(page.all("[role^=tab]")).toEqual([]);
  expect(page.all(".question")).toHaveLength(1);
});

test("several are counted, and those of one node numbered", () => {
  const page = open({ forms: three() });
  expect(page.find(".count").textContent).toBe("3 questions");
  expect(tabs(page).map(({ textContent }) => textContent)).toEqual([
    "ask",
    "review 1 of 2",
    "review 2 of 2",
  ]);
  expect(shown(page)).toHaveLength(1);
});

test("arrow keys go from one to the next", async () => {
  const page = open({ forms: three() });
  tabs(page)[0]!.focus();
  key(tabs(page)[0]!, "ArrowLeft");
  await settle();
  expect(document.activeElement).toBe(tabs(page)[2]);
  expect(tabs(page)[2]!.getAttribute("aria-selected")).toBe("true");
  expect(tabs(page).map(({ tabIndex }) => tabIndex)).toEqual([-1, -1, 0]);
  expect(shown(page)[0]!.getAttribute("aria-labelledby")).toBe(tabs(page)[2]!.id);
});

test("what was typed is there when one comes back", async () => {
  const page = open({ forms: three() });
  await page.type("half an answer");
  for (const index of [1, 0]) {
    tabs(page)[index]!.click();
    await settle();
  }
  expect(page.find<HTMLTextAreaElement>("textarea").value).toBe("half an answer");
  expect(shown(page)[0]!.contains(page.find("textarea"))).toBe(true);
});

test("an error is marked on the tab", async () => {
  const page = open({ forms: three() });
  await page.type("an answer");
  await page.press("Submit");
  tabs(page)[1]!.click();
  await page.model.refuse([{ path: [], message: ["no"] }]);
  expect(tabs(page)[0]!.textContent).toBe("ask !, needs another look");
});

test("a deadline runs on behind a tab, and is marked when it is near", async () => {
  const deadline = { left: 90, then: ["rejects"] };
  const page = open({ forms: [writing({ node: ["ask"] }), approval({ id: "q2", deadline })] });
  expect(tabs(page)[1]!.textContent).not.toContain("nearly over");
  await settle(31_000);
  expect(tabs(page)[1]!.textContent).toContain("nearly over");
  tabs(page)[1]!.click();
  await settle();
  expect(page.find(".deadline [role=timer]").textContent).toBe("0:59");
});

test("an answered one gives its place to the next, which gets the keyboard", async () => {
  const page = open({ forms: three() });
  tabs(page)[1]!.click();
  await settle();
  const approve = [...shown(page)[0]!.querySelectorAll<HTMLElement>(".action")][0]!;
  approve.focus();
  approve.click();
  await settle();
  const [first, , third] = three();
  await page.model.update({ forms: [first!, third!] });
  expect(shown(page)[0]!.querySelector("[data-question]")?.getAttribute("data-question")).toBe(
    "q3",
  );
  expect(shown(page)[0]!.contains(document.activeElement)).toBe(true);
});

test("the last one left stays as it was when the tabs go", async () => {
  const page = open({ forms: three() });
  await page.type("half an answer");
  const field = page.find<HTMLTextAreaElement>("textarea");
  field.focus();
  await page.model.update({ forms: three().slice(0, 1) });
  expect(page.find("textarea")).toBe(field);
  expect(document.activeElement).toBe(field);
  expect(page.all('[role="tab"]')).toEqual([]);
});

test("only what is looked at counts as read", async () => {
  const page = open({ forms: three() });
  await settle(20_000);
  tabs(page)[1]!.click();
  await settle(1000);
  [...shown(page)[0]!.querySelectorAll<HTMLElement>(".action")][0]!.click();
  await settle();
  expect(page.model.submits()[0]?.displayed.seconds).toBeLessThan(2);
});
