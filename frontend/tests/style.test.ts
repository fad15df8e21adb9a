import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** What stylesheets of notebooks (JupyterLab, ipywidgets, Bootstrap) have rules for. */
const TAKEN = [
  ..."active alert badge btn caption card close col collapse container disabled dropdown".split(
    " ",
  ),
  ..."fade hidden hide jumbotron label lead mark media modal nav navbar open page-header".split(
    " ",
  ),
  ..."pagination panel popover progress progress-bar pull-left pull-right row show small".split(
    " ",
  ),
  ..."tab-content table text-muted thumbnail tooltip visible well".split(" "),
];

function sheets(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".css"))
    .map((name) => readFileSync(`${folder}/${name}`, "utf8"));
}

test("no class of ours is one that the page around it styles too", () => {
  const classes = sheets("src").flatMap((sheet) =>
    [...sheet.matchAll(/\.([a-z][\w-]*)/g)].map(([, name = ""]) => name),
  );
  expect(classes.length).toBeGreaterThan(100);
  expect(TAKEN.filter((name) => classes.includes(name))).toEqual([]);
});

test("every rule of ours is about the view alone", () => {
  const rules = sheets("src").flatMap(
    (sheet) => sheet.replaceAll(/\/\*.*?\*\//gs, "").match(/[^{}]+(?=\{)/g) ?? [],
  );
  const loose = rules.map((rule) => rule.trim()).filter((rule) => !/\.hitl-nb|^@|^--/.test(rule));
  expect(loose).toEqual([]);
});
