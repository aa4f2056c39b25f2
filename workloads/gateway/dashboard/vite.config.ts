import { join } from "node:path";
import { defineConfig } from "vite";

/** Everything leaves as files of this origin: the gateway's content security policy allows nothing inline and nothing from elsewhere. */
export default defineConfig({
  root: import.meta.dirname,
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    emptyOutDir: true,
    reportCompressedSize: false,
    rolldownOptions: { input: ["index.html", "reference.html"].map((page) => join(import.meta.dirname, page)) },
  },
});
