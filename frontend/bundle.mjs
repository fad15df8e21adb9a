// Bundles the view into the one committed file. The same sources give the same bytes.
import { readFile } from "node:fs/promises";
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

// The form library brings a theme of its own, which would be a quarter of the bundle.
const ownTheme = {
  name: "own-theme",
  setup(bundler) {
    bundler.onResolve({ filter: /\/getDefaultRegistry\.js$/ }, () => ({
      path: here("src/fields/registry.ts"),
    }));
  },
};

const outfile = process.argv[2] ?? here("../hitl_nb/static/view.js");
await build({
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
  format: "esm",
  legalComments: "none",
  minify: true,
  plugins: [styleAsText, ownTheme],
  target,
});
const bytes = await readFile(outfile);
const kilobytes = (size) => `${(size / 1000).toFixed(1)} kB`;
console.log(`view.js ${kilobytes(bytes.length)}, ${kilobytes(gzipSync(bytes).length)} compressed`);
