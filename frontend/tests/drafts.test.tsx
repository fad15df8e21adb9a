import { describe, expect, test } from "vitest";
import { answers, approving, field, filling, freshPage, open, request, settle, type } from "./page";

freshPage();

const DRAFT = "We are sorry for the delay.";

describe("a draft", () => {
  test("is the whole state, and begins the form again", async () => {
    const page = open({ forms: [request(approving(DRAFT))] });
    await type(field(page, "draft"), "half");
    await type(field(page, "comment"), "why");
    await settle(400);
    const [text] = page.model.drafts();
    const again = open({ forms: [request(approving(DRAFT))], drafts: { q1: text! } });
    expect(field(again, "draft").value).toBe("half");
    expect(field(again, "comment").value).toBe("why");
  });

  test("of an untouched form is nothing", async () => {
    const page = open({ forms: [request(approving(DRAFT))] });
    await type(field(page, "comment"), "x");
    await type(field(page, "comment"), "");
    await settle(400);
    expect(page.model.drafts()).toEqual([]);
  });

  test("holds no secret", async () => {
    const schema = {
      type: "object",
      properties: { user: { type: "string" }, key: { type: "string", writeOnly: true } },
    };
    const page = open({ forms: [request(filling(schema, {}))] });
    await type(field(page, "key"), "s3cret");
    await type(field(page, "user"), "ana");
    await settle(400);
    expect(page.model.drafts().join()).toContain("ana");
    expect(page.model.drafts().join()).not.toContain("s3cret");
    await page.press("Submit");
    expect(answers(page)[0]?.values).toEqual({ answer: { user: "ana", key: "s3cret" } });
  });

  test("leaves the secret that is proposed where another one was typed", async () => {
    const properties = { user: { type: "string" }, key: { type: "string", format: "password" } };
    const schema = { type: "object", properties };
    const control = approving({ user: "ana", key: "proposed" }, { schema });
    const page = open({ forms: [request(control)] });
    await type(field(page, "key"), "s3cret");
    await type(field(page, "user"), "ben");
    await settle(400);
    const text = page.model.drafts().at(-1)!;
    expect(text).not.toContain("s3cret");
    const again = open({ forms: [request(control)], drafts: { q1: text } });
    await again.press("Approve as edited");
    expect(answers(again)[0]?.values).toEqual({ draft: { user: "ben", key: "proposed" } });
  });

  test("holds no large file", async () => {
    const schema = {
      type: "object",
      properties: { user: { type: "string" }, file: { type: "string", format: "binary" } },
    };
    const page = open({ forms: [request(filling(schema, {}))] });
    await type(field(page, "file"), "x".repeat(100_000));
    await type(field(page, "user"), "ana");
    await settle(400);
    expect(page.model.drafts().join()).toContain("ana");
    expect(page.model.drafts().join().length).toBeLessThan(1000);
  });

  test("goes on in the form that takes the place of its own", async () => {
    const page = open({ forms: [request(approving(DRAFT))] });
    await type(field(page, "comment"), "not yet told");
    await page.model.update({
      forms: [request(approving("New draft."), { id: "q2", follows: "q1" })],
    });
    expect(field(page, "comment").value).toBe("not yet told");
    expect(field(page, "draft").value).toBe("New draft.");
    expect(page.model.drafts()).toHaveLength(1);
  });

  test("of an answered form ends with it", async () => {
    const page = open({ forms: [request(approving(DRAFT))] });
    await type(field(page, "comment"), "yes");
    await page.press("Approve");
    await page.model.acknowledge(page.model.submits()[0]!.nonce);
    await page.model.update({ forms: [request(approving(DRAFT), { id: "q2", follows: "q1" })] });
    expect(field(page, "comment").value).toBe("");
  });

  test("of another kind of form is none", () => {
    const page = open({ forms: [request(approving(DRAFT))], drafts: { q1: "just text" } });
    expect(field(page, "draft").value).toBe(DRAFT);
  });
});
