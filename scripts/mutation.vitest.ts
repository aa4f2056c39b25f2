import { defineConfig } from "vitest/config";

/** The tests that mutation.ts runs over changed code: those of the packages it changes, in threads, which start fast. */
export default defineConfig({
  test: {
    include: (process.env.FOGLINE_MUTATED ?? "").split(",").map((name) => `packages/${name}/src/**/*.test.ts`),
    // A thousand generated fleets for every changed line take hours; the fixtures and tables have to notice without them.
    exclude: ["**/generated.test.ts"],
    pool: "threads",
    testTimeout: 60_000,
  },
});
