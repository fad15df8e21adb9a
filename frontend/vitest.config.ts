import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const markdown = fileURLToPath(new URL("src/fields/markdown.ts", import.meta.url));

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  resolve: {
    alias: [
      { find: "react/jsx-runtime", replacement: "preact/jsx-runtime" },
      { find: /^react(-dom)?$/, replacement: "preact/compat" },
      { find: "markdown-to-jsx/react", replacement: markdown },
    ],
  },
  test: {
    environment: "happy-dom",
    // A busy machine takes its time; what never ends is ended.
    testTimeout: 30_000,
    include: ["tests/*.test.ts?(x)"],
    server: { deps: { inline: [/@rjsf/] } },
  },
});
