import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

/** The folders of `src` from the bottom up; that no files import each other the linter sees to. */
const ROOMS = [
  ["messages", "schema", "keyboard", "style"],
  ["text"],
  ["components"],
  ["widget"],
  ["evidence", "fields"],
  ["graph", "question"],
  ["session", "inbox"],
  ["view"],
];

const floorOf = (path: string): number =>
  ROOMS.findIndex((rooms) => rooms.includes(/^\w+/.exec(path)?.[0] ?? ""));

const sources = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((name) =>
  /(?<!\.d)\.tsx?$/.test(name),
);

test("every file is in a room of the list", () => {
  expect(sources.filter((name) => floorOf(name) < 0)).toEqual([]);
});

test("a file imports from its own room or from a floor below, for types too", () => {
  const upwards = sources.flatMap((name) => {
    const imports = readFileSync(`src/${name}`, "utf8").matchAll(/from "(\.[^"]+)"/g);
    return [...imports]
      .map(([, path = ""]) => normalize(join(dirname(name), path)))
      .filter((path) => path.split("/")[0] !== name.split("/")[0] && floorOf(path) >= floorOf(name))
      .map((path) => `${name} imports ${path}`);
  });
  expect(upwards).toEqual([]);
});
