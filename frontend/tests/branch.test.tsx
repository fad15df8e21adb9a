import { expect, test } from "vitest";
import type { RecordEntry, ViewState } from "../src/messages";
import { sessionState } from "../src/session/session_state";
import {
  approval,
  FakeModel,
  freshPage,
  open,
  said,
  settle,
  unfold,
  waiting,
  writing,
} from "./page";

freshPage();

const record: RecordEntry = {
  kind: "record",
  question: "q1",
  forks: true,
  node: ["approve"],
  heading: ["Approve?"],
  answer: ["reject"],
  reviewer: ["ana"],
  seconds: 3,
  shown: [],
};

function view(more: Partial<ViewState>): ViewState {
  return sessionState(new FakeModel({ header: waiting, ...more }));
}

const rows = [
  { key: ["request"], left: ["same"], right: ["same"], same: true },
  { key: ["draft"], left: ["old"], right: ["new"], same: false },
  { key: ["sent"], left: null, right: ["True"], same: false },
];

test("an answer that can be given differently offers that", async () => {
  const page = open({ timeline: [record, { ...record, question: "q0", forks: false }] });
  for (const details of page.all("details")) await unfold(details);
  expect(page.all(".fork")).toHaveLength(1);
  await page.press("Answer differently from here");
  expect(said(page, "press")[0]).toMatchObject({ thread: "", button: "fork", target: "q1" });
});

test("the other run is drawn beside this one, which stays as it was", async () => {
  const page = open({ header: waiting, forms: [writing()] });
  await page.type("half an answer");
  const field = page.find<HTMLTextAreaElement>("textarea");
  const branch = { view: view({ forms: [approval({ id: "b1" })] }), rows: [] };
  await page.model.update({ branch });
  expect(page.find("textarea")).toBe(field);
  expect(page.all(".session")).toHaveLength(2);
  await page.press("approve");
  expect(page.model.submits()[0]).toMatchObject({ question: "b1" });
});

test("buttons of the other run are its own", async () => {
  const step = { name: "step", label: ["step"], title: [], enabled: true } as const;
  const buttons = [{ ...step, label: ["step"], title: [] }];
  const page = open({ header: waiting, branch: { view: view({ buttons }), rows: [] } });
  await page.press("step");
  expect(said(page, "press")[0]).toMatchObject({ thread: "branch", button: "step" });
});

test("both states are compared, and what differs is marked by more than colour", () => {
  const page = open({ header: waiting, branch: { view: view({}), rows } });
  expect(page.find("caption").textContent).toBe("2 of 3 keys differ.");
  expect(page.all("tbody tr").map(({ textContent }) => textContent)).toEqual([
    "requestsame",
    "≠draft, differentoldnew",
    "≠sent, differentnot thereTrue",
  ]);
});

test("closing it says so to the kernel", async () => {
  const page = open({ header: waiting, branch: { view: view({}), rows } });
  page.find(".hitl-close").click();
  await settle();
  expect(said(page, "press")[0]).toMatchObject({ thread: "", button: "join" });
});
