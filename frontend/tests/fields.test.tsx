import { describe, expect, test } from "vitest";
import {
  answers,
  approving,
  field,
  filling,
  freshPage,
  open,
  type Page,
  request,
  settle,
  type,
} from "./page";

freshPage();

type Schema = Record<string, unknown>;

/** A form of one field called `x`. */
function one(schema: Schema, value?: unknown, more: Schema = {}): Page {
  const whole = { type: "object", properties: { x: schema }, required: ["x"], ...more };
  return open({ forms: [request(filling(whole, value === undefined ? {} : { x: value }))] });
}

test.each([
  [{ type: "array", items: { type: "string" } }, ""],
  [{ type: "array", items: { enum: ["a", "b"] }, uniqueItems: true }, ""],
  [{ type: "array", items: { type: "string" }, minItems: 1 }, " *"],
])("a list has to be filled in only if it may not be empty", (schema, star) => {
  const page = one(schema, []);
  const names = page.all("legend, .hitl-label").map(({ textContent }) => textContent);
  expect(names).toContain(`x${star}`);
});

test("a constant has nothing to fill in", () => {
  const page = one({ const: "cat" }, "cat");
  expect(page.all("label, .hitl-label").map(({ textContent }) => textContent)).toContain("x");
  expect(page.all(".required")).toEqual([]);
});

async function sent(page: Page): Promise<unknown> {
  await page.press("Submit");
  return (answers(page).at(-1)?.values.answer as Record<string, unknown> | undefined)?.x;
}

async function check(page: Page, name: string): Promise<void> {
  field(page, name).click();
  await settle();
}

async function select(page: Page, name: string, index: number): Promise<void> {
  const element = field(page, name);
  element.value = String(index);
  element.dispatchEvent(new Event("change", { bubbles: true }));
  await settle();
}

const OPTIONAL = { anyOf: [{ type: "string" }, { type: "null" }] };
const PETS = {
  $defs: {
    Cat: {
      type: "object",
      title: "Cat",
      properties: { kind: { const: "cat" }, lives: { type: "integer", default: 9 } },
      required: ["kind"],
    },
    Dog: {
      type: "object",
      title: "Dog",
      properties: { kind: { const: "dog" }, name: { type: "string" } },
      required: ["kind", "name"],
    },
  },
};
const PET = { oneOf: [{ $ref: "#/$defs/Cat" }, { $ref: "#/$defs/Dog" }] };

describe("a value nobody touched", () => {
  test.each([
    ["text", { type: "string" }, "a\r\nb\u200b"],
    [
      "a number beyond JavaScript",
      { type: "integer" },
      { $number: "123456789012345678901234567890" },
    ],
    ["a decimal", { type: "number", format: "decimal" }, { $number: "12.50" }],
    ["a score", { type: "integer", minimum: 1, maximum: 5 }, { $number: "3" }],
    [
      "a number between bounds",
      { type: "number", minimum: 0, maximum: 1 },
      { $number: "0.1234567890123456789" },
    ],
    ["no", { type: "boolean" }, false],
    ["one of a choice", { enum: [1, "1", null] }, { $number: "1" }],
    ["none of a choice", { enum: [1, "1", null] }, null],
    ["a date", { type: "string", format: "date" }, "2026-02-28"],
    [
      "a moment of microseconds",
      { type: "string", format: "date-time" },
      "2026-02-28T10:00:00.123456+02:00",
    ],
    ["bytes", { type: "string", format: "binary" }, { $bytes: "AAH_" }],
    ["an optional text", OPTIONAL, { $branch: 1, value: null }],
    [
      "a dict",
      { type: "object", additionalProperties: { type: "number" } },
      { $entries: [["$a", { $number: "1" }]] },
    ],
    ["a list", { type: "array", items: { type: "integer" } }, [{ $number: "1" }, { $unset: true }]],
    [
      "several of a choice",
      { type: "array", uniqueItems: true, items: { enum: ["a", "b"] } },
      ["b"],
    ],
    ["anything", {}, { $json: "[1, 2.50]" }],
    ["what its schema does not describe", { type: "integer" }, { $json: '"x"' }],
  ])("is sent as it came: %s", async (_, schema, value) => {
    expect(await sent(one(schema, value))).toEqual(value);
  });

  test.each([
    ["text", { type: "string" }],
    ["a number", { type: "integer" }],
    ["a score", { type: "integer", minimum: 1, maximum: 5 }],
    ["yes or no", { type: "boolean" }],
    ["a choice", { enum: ["a", "b"] }],
    ["a long choice", { enum: ["a", "b", "c", "d", "e", "f", "g"] }],
    ["an optional text", OPTIONAL],
    ["a colour", { type: "string", format: "color" }],
  ])("and was not filled in stays away: %s", async (_, schema) => {
    expect(await sent(one(schema))).toBeUndefined();
  });
});

describe("what is filled in", () => {
  test.each([
    ["x *", { type: "string" }, " two ", " two "],
    ["x *", { type: "string", format: "date-time" }, "2026-02-28T10:00", "2026-02-28T10:00"],
    ["x *", { type: "integer" }, "1e400", { $number: "1e400" }],
    ["x *", { type: "number", minimum: 0, maximum: 1 }, "0.3", { $number: "0.3" }],
    ["x *", {}, "[1,", { $json: "[1," }],
    ["x *", { type: "string", format: "binary" }, "hé", { $bytes: "aMOp" }],
  ])("%s of %o, typed as %s", async (name, schema, text, value) => {
    const page = one(schema);
    await type(field(page, name), text);
    expect(await sent(page)).toEqual(value);
  });

  test("yes and no can be told from not answered, and taken back", async () => {
    const page = one({ type: "boolean" });
    await check(page, "no");
    expect(await sent(page)).toBe(false);
  });

  test("a choice taken back is none", async () => {
    const page = one({ type: "boolean" });
    await check(page, "yes");
    await page.press("clear");
    expect(await sent(page)).toBeUndefined();
  });

  test("a long choice begins with none and gives its value", async () => {
    const page = one({ enum: [10, 20, 30, 40, 50, 60, 70] });
    expect(field(page, "x").value).toBe("");
    await select(page, "x", 2);
    expect(await sent(page)).toEqual({ $number: "30" });
  });

  test("labelled constants are a choice", async () => {
    const page = one({
      oneOf: [
        { const: "a", title: "Billing" },
        { const: "b", title: "Shipping" },
      ],
    });
    await check(page, "Shipping");
    expect(await sent(page)).toBe("b");
  });

  test("several of a choice come in its order", async () => {
    const page = one({ type: "array", uniqueItems: true, items: { enum: ["a", "b", "c"] } }, []);
    await check(page, "c");
    await check(page, "a");
    expect(await sent(page)).toEqual(["a", "c"]);
  });

  test("text of another system keeps its line ends", async () => {
    const page = one({ type: "string" }, "a\r\nb");
    await type(field(page, "x *"), "a\nc");
    expect(await sent(page)).toBe("a\r\nc");
  });

  test("a moment keeps its offset", async () => {
    const page = one({ type: "string", format: "date-time" }, "2026-02-28T10:00:00+02:00");
    expect(field(page, "x, offset from UTC").value).toBe("+02:00");
    await type(field(page, "x *"), "2026-02-28T11:30");
    expect(await sent(page)).toBe("2026-02-28T11:30+02:00");
  });

  test("a moment the browser's own field cannot hold is written as text", async () => {
    const page = one({ type: "string", format: "date-time" });
    await page.press("as text");
    await type(field(page, "x *"), "2026-02-28T10:00:00.123456Z");
    expect(await sent(page)).toBe("2026-02-28T10:00:00.123456Z");
  });

  test("a number with a score no button has is typed", async () => {
    const page = one({ type: "integer", minimum: 1, maximum: 5 }, { $number: "9" });
    expect(field(page, "x *").value).toBe("9");
  });

  test("JSON that is none is said so when the field is left", async () => {
    const page = one({});
    await type(field(page, "x *"), "abc");
    field(page, "x *").focus();
    field(page, "x *").blur();
    await settle();
    expect(page.text()).toContain("text stands in double quotes");
  });
});

describe("an optional value", () => {
  test("is set, typed, put away and comes back", async () => {
    const page = one(OPTIONAL, { $branch: 1, value: null });
    await check(page, "set");
    await type(field(page, "x"), "hello");
    await check(page, "none");
    await check(page, "set");
    expect(field(page, "x").value).toBe("hello");
    expect(await sent(page)).toEqual({ $branch: 0, value: "hello" });
  });

  test("is chosen and not filled in", async () => {
    const page = one(OPTIONAL);
    await check(page, "set");
    expect(await sent(page)).toEqual({ $branch: 0 });
  });
});

describe("a union", () => {
  test("of records is chosen by name and begins with constants and defaults", async () => {
    const page = one(PET, undefined, PETS);
    await check(page, "Cat");
    expect(await sent(page)).toEqual({
      $branch: 0,
      value: { kind: "cat", lives: { $number: "9" } },
    });
  });

  test("keeps what was filled in for the other branch", async () => {
    const page = one(PET, undefined, PETS);
    await check(page, "Dog");
    await type(field(page, "name *"), "rex");
    await check(page, "Cat");
    await check(page, "Dog");
    expect(await sent(page)).toEqual({ $branch: 1, value: { kind: "dog", name: "rex" } });
  });
});

describe("a list", () => {
  const texts = { type: "array", items: { type: "string" } };

  test("grows, moves and shrinks, and the keyboard follows", async () => {
    const page = one(texts, ["a", "b"]);
    await page.press("+ add");
    expect(document.activeElement).toBe(field(page, "x 3"));
    await type(field(page, "x 3"), "c");
    page.find("[aria-label='move x 3 up']").click();
    await settle();
    expect(document.activeElement?.getAttribute("aria-label")).toBe("move x 2 up");
    page.find("[aria-label='remove x 1']").click();
    await settle();
    expect(await sent(page)).toEqual(["c", "b"]);
  });

  test("takes no more than it may", async () => {
    const page = one({ ...texts, maxItems: 1 }, ["a"]);
    await page.press("+ add");
    expect(await sent(page)).toEqual(["a"]);
  });

  test("of fixed places has them all and no others", async () => {
    const page = one(
      {
        type: "array",
        prefixItems: [{ type: "string" }, { type: "integer" }],
        items: false,
        maxItems: 2,
      },
      [],
    );
    await type(field(page, "x 2"), "7");
    expect(page.all(".add")).toEqual([]);
    expect(await sent(page)).toEqual([{ $unset: true }, { $number: "7" }]);
  });

  test("of lists is one too", async () => {
    const page = one({ type: "array", items: texts }, [["a"]]);
    await type(field(page, "x 1 1"), "b");
    expect(await sent(page)).toEqual([["b"]]);
  });
});

describe("a dict", () => {
  test("gets rows, keys and values, and loses rows", async () => {
    const page = one(
      { type: "object", additionalProperties: { type: "integer" } },
      { $entries: [["a", { $number: "1" }]] },
    );
    await page.press("+ add");
    await type(field(page, "x, key 2"), "b");
    await type(field(page, "x, b"), "2");
    page.find("[aria-label='remove a from x']").click();
    await settle();
    expect(await sent(page)).toEqual({ $entries: [["b", { $number: "2" }]] });
  });

  test("beside properties holds the others", async () => {
    const schema = {
      type: "object",
      properties: { y: { type: "string" } },
      additionalProperties: {},
    };
    const page = one(schema, { y: "a", $entries: [] });
    await page.press("+ add");
    await type(field(page, "x, others, key 1"), "z");
    await type(field(page, "x, others, z"), "1");
    expect(await sent(page)).toEqual({ y: "a", $entries: [["z", { $json: "1" }]] });
  });
});

describe("a record", () => {
  const inner = { type: "object", properties: { y: { type: "string", default: "d" } } };

  test("that is optional and absent is filled in when asked for, and taken away again", async () => {
    const page = one(inner, undefined, { required: [] });
    expect(page.all(".part input")).toEqual([]);
    await page.press("fill in");
    expect(await sent(page)).toEqual({ y: "d" });
    await page.model.acknowledge(page.model.submits()[0]!.nonce, "again");
    await page.press("remove");
    expect(await sent(page)).toBeUndefined();
  });

  test("may name a property as form notation names its own", async () => {
    const schema = { type: "object", properties: { $number: { type: "string" } } };
    const page = one(schema, { $$number: "a" });
    expect(field(page, "$number").value).toBe("a");
    await type(field(page, "$number"), "b");
    expect(await sent(page)).toEqual({ $$number: "b" });
  });

  test("may hold itself", async () => {
    const node = {
      type: "object",
      properties: {
        v: { type: "string" },
        next: { anyOf: [{ $ref: "#/$defs/N" }, { type: "null" }] },
      },
      required: ["v"],
    };
    const page = one({ $ref: "#/$defs/N" }, { v: "1" }, { $defs: { N: node } });
    await check(page, "set");
    expect(page.all("input[type=text]")).toHaveLength(2);
  });

  test("is reset field by field", async () => {
    const page = one({ type: "string" }, "before");
    await type(field(page, "x *"), "after");
    page.find("[aria-label='reset x']").click();
    await settle();
    expect(await sent(page)).toBe("before");
  });
});

describe("differences", () => {
  test("of a structure are named field by field", async () => {
    const schema = {
      type: "object",
      properties: { to: { type: "string" }, n: { type: "array", items: { type: "integer" } } },
    };
    const page = open({
      forms: [request(approving({ to: "ana", n: [{ $number: "1" }] }, { schema }))],
    });
    await type(field(page, "to"), "ben");
    await type(field(page, "n 1"), "2");
    const said = page.all(".differences dt").map((dt) => dt.textContent);
    expect(said).toEqual(["to", "n › 1"]);
    expect(page.all(".differences dd").map((dd) => dd.textContent)).toEqual(["anaben", "12"]);
  });
});
