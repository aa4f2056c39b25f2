import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const never = ["**/node_modules/**", ".cache/**", ".fogline/**", "workloads/gateway/dashboard/**"];

/** One project per suite; test/README.md says what belongs in which. `npm test` runs `unit`, `.ci/run` runs them all. */
export default defineConfig({
  test: {
    pool: "forks",
    setupFiles: ["test/seed.ts"],
    // Shared machines stall for seconds. There a test may try once more, and the report says that it did; by hand the first failure counts.
    retry: process.env.CI === undefined ? 0 : 1,
    // One worker a core: many tests wait for processes and sockets, so none is kept free.
    maxWorkers: availableParallelism(),
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["{packages,workloads,apps,infrastructure,scripts,bench,images}/**/*.test.ts", "test/unit/**/*.test.ts"],
          exclude: never,
          testTimeout: 20_000,
          hookTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: "system",
          include: ["test/system/**/*.test.ts"],
          exclude: never,
          // Real processes share two cores and fixed ports: one file at a time. scripts/suite.ts runs two where each may have a network of its own.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: "cluster",
          include: ["test/cluster/**/*.test.ts"],
          exclude: never,
          // Each file has a control plane of its own, and mostly waits for Flux: two at once keep both cores busy.
          maxWorkers: 2,
          testTimeout: 300_000,
          hookTimeout: 400_000,
        },
      },
      {
        extends: true,
        test: {
          name: "api",
          include: ["test/api/**/*.test.ts"],
          exclude: never,
          fileParallelism: false,
          testTimeout: 120_000,
          // Everything is asked before the first test.
          hookTimeout: 900_000,
        },
      },
      {
        extends: true,
        test: {
          name: "images",
          include: ["test/images/**/*.test.ts"],
          exclude: never,
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: "compose",
          include: ["test/compose/**/*.test.ts"],
          exclude: never,
          fileParallelism: false,
          testTimeout: 240_000,
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: "bootstrap",
          include: ["test/bootstrap/**/*.test.ts"],
          exclude: never,
          // Targets of two files would have the same addresses.
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: "pages",
          include: ["test/pages/**/*.test.ts"],
          exclude: never,
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
