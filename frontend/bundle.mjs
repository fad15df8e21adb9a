// Bundles the view into the one committed file, and beside it writes the licences of what is in it.
// The same sources give the same bytes.
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, transform } from "esbuild";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const target = ["es2022", "chrome111", "firefox113", "safari16.4"];

// The style travels inside the module as a string, so the loader must minify it itself.
const styleAsText = {
  name: "style-as-text",
  setup(bundler) {
    bundler.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const style = await readFile(path, "utf8");
      const { code } = await transform(style, { loader: "css", minify: true, target });
      return { contents: code, loader: "text" };
    });
  },
};

const LICENSE = /^(licen[cs]e|copying|notice)(\.(md|txt))?$/i;
const LINE = "-".repeat(80);

/** The folders of the packages of which something is left in the bundle. */
function bundled({ outputs }) {
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  const folders = inputs
    .filter(([path, { bytesInOutput }]) => bytesInOutput > 0 && path.includes("node_modules/"))
    .map(([path]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)[0]);
  return [...new Set(folders)];
}

/** What a package is called, and the terms under which it may be passed on. */
async function terms(folder) {
  const { name, version, license } = JSON.parse(
    await readFile(here(`${folder}/package.json`), "utf8"),
  );
  const files = (await readdir(here(folder))).filter((file) => LICENSE.test(file)).sort();
  if (files.length === 0) throw new Error(`${name} comes without the text of its licence`);
  const texts = await Promise.all(files.map((file) => readFile(here(join(folder, file)), "utf8")));
  const text = texts.map((one) => one.replaceAll("\r\n", "\n").trim()).join("\n\n");
  return `${name} ${version} (${license})\n\n${text}\n`;
}

async function licenses(metafile) {
  const all = await Promise.all(bundled(metafile).map(terms));
  const head = "view.js contains these packages, each under the licence below its name.\n";
  return [head, ...all.sort()].join(`\n${LINE}\n\n`);
}

/**
 * The module every view of a page shares. Each view brings a module of its own; were its code run
 * anew, every view would begin with code the browser has not warmed up.
 */
function shared(code) {
  const digest = createHash("sha256").update(code).digest("hex").slice(0, 16);
  return (
    `const place=Symbol.for("hitl_nb ${digest}");` +
    `function make(){${code.trim()}return view.default}` +
    "export default globalThis[place]??=make();\n"
  );
}

const outfile = process.argv[2] ?? here("../hitl_nb/static/view.js");
const { metafile, outputFiles } = await build({
  absWorkingDir: here("."),
  alias: {
    react: "preact/compat",
    "react-dom": "preact/compat",
    "react/jsx-runtime": "preact/jsx-runtime",
    // What the form library would draw as Markdown is text.
    "markdown-to-jsx/react": here("src/fields/markdown.ts"),
  },
  define: { "process.env.NODE_ENV": '"production"' },
  entryPoints: ["src/view.tsx"],
  outfile,
  bundle: true,
  charset: "utf8",
  format: "iife",
  globalName: "view",
  legalComments: "none",
  metafile: true,
  minify: true,
  plugins: [styleAsText],
  target,
  write: false,
});
await writeFile(outfile, shared(outputFiles[0].text));
await writeFile(outfile.replace(/\.js$/, ".licenses.txt"), await licenses(metafile));
const bytes = await readFile(outfile);
const kilobytes = (size) => `${(size / 1000).toFixed(1)} kB`;
console.log(`view.js ${kilobytes(bytes.length)}, ${kilobytes(gzipSync(bytes).length)} compressed`);
