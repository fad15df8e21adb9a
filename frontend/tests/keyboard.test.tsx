import { describe, expect, test, vi } from "vitest";
import { approval, freshPage, key, open, options, visitTabs, waiting, writing } from "./page";

freshPage();

describe("keys pressed in the view", () => {
  test.each(["b", "x", "Enter", "Escape", "ArrowDown"])(
    "%s does not reach the notebook",
    (name) => {
      const notebook = vi.fn();
      document.body.addEventListener("keydown", notebook);
      const page = open({ forms: [writing()] });
      for (const target of [page.button("skip"), page.find("textarea"), page.find(".hitl-nb")]) {
        const event = key(target, name, { shiftKey: name === "Enter" });
        expect(event.defaultPrevented).toBe(false);
      }
      document.body.removeEventListener("keydown", notebook);
      expect(notebook).not.toHaveBeenCalled();
    },
  );

  test("saving the notebook still works", () => {
    const notebook = vi.fn();
    document.body.addEventListener("keydown", notebook, { once: true });
    key(open({ forms: [writing()] }).find("textarea"), "s", { ctrlKey: true });
    expect(notebook).toHaveBeenCalledOnce();
  });
});

describe("focus", () => {
  test("is not taken by the first drawing", () => {
    open({ forms: [writing()] });
    expect(document.activeElement).toBe(document.body);
  });

  test("goes from an answered form to the next one's field", async () => {
    const page = open({ forms: [approval()] });
    page.button("approve").focus();
    await page.press("approve");
    await page.model.update({ forms: [writing({ id: "q2" })] });
    expect(document.activeElement).toBe(page.find("textarea"));
  });

  test("waits in the view while no question is open", async () => {
    const page = open({ forms: [approval()] });
    page.button("approve").focus();
    await page.press("approve");
    await page.model.update({ forms: [] });
    expect(document.activeElement).toBe(page.find(".hitl-nb"));
    await page.model.update({ forms: [writing({ id: "q2" })] });
    expect(document.activeElement).toBe(page.find("textarea"));
  });

  test("never lands on a choice", async () => {
    const page = open({ forms: [writing()] });
    page.find("textarea").focus();
    await page.model.update({ forms: [approval({ id: "q2" })] });
    expect(document.activeElement).toBe(page.find(".question"));
  });

  test("is left alone when the person went elsewhere", async () => {
    const page = open({ forms: [approval()] });
    const cell = document.createElement("input");
    document.body.append(cell);
    page.button("approve").focus();
    await page.press("approve");
    await page.model.update({ forms: [] });
    cell.focus();
    await page.model.update({ forms: [writing({ id: "q2" })] });
    expect(document.activeElement).toBe(cell);
  });

  test("goes back to the notebook's cell when static text takes the view's place", async () => {
    const cell = document.createElement("div");
    cell.className = "jp-Cell";
    cell.tabIndex = -1;
    document.body.append(cell);
    const page = open({ forms: [approval()] });
    cell.append(page.el);
    page.button("approve").focus();
    await page.press("approve");
    page.el.remove();
    page.leave();
    expect(document.activeElement).toBe(cell);
  });

  test("stays on a locked button, so that no key falls to the notebook", async () => {
    const page = open({ forms: [approval()] });
    page.button("approve").focus();
    await page.press("approve");
    expect(document.activeElement).toBe(page.button("approve"));
    expect(page.button("approve").getAttribute("aria-disabled")).toBe("true");
  });
});

describe("names", () => {
  test("every control has one", async () => {
    const seven = options("a", "b", "c", "d", "e", "f", "g");
    const page = open({
      header: waiting,
      forms: [approval(), writing({ id: "q2" }), approval({ id: "q3", control: seven })],
    });
    await visitTabs(page);
    for (const field of page.all("textarea, select")) {
      expect(page.all("label").some((label) => label.getAttribute("for") === field.id)).toBe(true);
    }
    for (const named of page.all("[aria-labelledby]")) {
      const heading = document.getElementById(named.getAttribute("aria-labelledby")!);
      expect(heading).not.toBeNull();
    }
    expect(page.all("button").every((button) => button.textContent !== "")).toBe(true);
  });
});
