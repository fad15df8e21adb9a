import { expect, test } from "vitest";
import type { CheckpointHistory } from "../src/messages";
import { sessionState } from "../src/session/session_state";
import { FakeModel, freshPage, open, said, settle } from "./page";

freshPage();

const moments = ["start", "triage", "draft"].map((node, index) => ({
  id: `c${index}`,
  label: [`step ${index} after ${node}`],
}));

function past(more: Partial<CheckpointHistory> = {}): CheckpointHistory {
  return { moments, at: null, items: [], changed: [], ...more };
}

const looks = (page: ReturnType<typeof open>) =>
  said(page, "look").map(({ checkpoint }) => checkpoint);
const slider = (page: ReturnType<typeof open>) => page.find<HTMLInputElement>("input[type=range]");

async function slide(page: ReturnType<typeof open>, to: number): Promise<void> {
  slider(page).value = String(to);
  slider(page).dispatchEvent(new Event("input", { bubbles: true }));
  await settle(1);
}

test("the slider stands at now and says where it is", () => {
  const page = open({ past: past() });
  expect(slider(page).value).toBe("2");
  expect(slider(page).getAttribute("aria-valuetext")).toBe("step 2 after draft");
});

test("a history of one moment is none", () => {
  expect(open({ past: past({ moments: moments.slice(0, 1) }) }).all(".past")).toEqual([]);
});

test("looks are asked for at a pace, and the last one is never lost", async () => {
  const page = open({ past: past() });
  for (const to of [1, 0, 1, 0]) await slide(page, to);
  expect(looks(page)).toEqual(["c1"]);
  expect(slider(page).getAttribute("aria-valuetext")).toBe("step 0 after start");
  await settle(100);
  expect(looks(page)).toEqual(["c1", "c0"]);
  await settle(300);
  expect(looks(page)).toHaveLength(2);
});

test("the state then is shown, with what changed marked", async () => {
  const items = [
    { label: ["category"], text: ['"refund"'] },
    { label: ["draft"], text: ["We are sorry"] },
  ];
  const page = open({ past: past({ at: "c1", items, changed: ["draft"] }) });
  expect(slider(page).value).toBe("1");
  expect(page.all(".then dt").map(({ textContent }) => textContent)).toEqual([
    "category",
    "● draft, changed",
  ]);
});

test("previous, next and now lead through it", async () => {
  const page = open({ past: past() });
  page.find('[aria-label="previous step"]').click();
  await settle(150);
  await page.model.update({ past: past({ at: "c1" }) });
  page.find('[aria-label="next step"]').click();
  await settle(150);
  expect(looks(page)).toEqual(["c1", ""]);
  await page.model.update({ past: past({ at: "c0" }) });
  await page.press("Now");
  expect(looks(page).at(-1)).toBe("");
});

test("moments that are added leave what is looked at where it is", async () => {
  const page = open({ past: past({ at: "c1" }) });
  const more = [...moments, { id: "c3", label: ["step 3 after send"] }];
  await page.model.update({ past: past({ at: "c1", moments: more }) });
  expect(slider(page).value).toBe("1");
  expect(slider(page).max).toBe("3");
});

test("now stays now while moments are added", async () => {
  const page = open({ past: past({ at: "c0" }) });
  await page.press("Now");
  const more = [...moments, { id: "c3", label: ["step 3 after send"] }];
  await page.model.update({ past: past({ moments: more }) });
  expect(slider(page).value).toBe("3");
});

test("each of two runs has a slider of its own", async () => {
  const own = past({ at: "c1", items: [{ label: ["draft"], text: ["mine"] }] });
  const branch = { view: sessionState(new FakeModel({ past: past() })), rows: [] };
  const page = open({ past: own, branch });
  const [, beside] = page.all("input[type=range]") as HTMLInputElement[];
  if (!beside) throw new Error("there is one slider only");
  beside.value = "0";
  beside.dispatchEvent(new Event("input", { bubbles: true }));
  await settle(1);
  expect(said(page, "look")).toEqual([{ type: "look", thread: "branch", checkpoint: "c0" }]);
  expect(slider(page).value).toBe("1");
});
