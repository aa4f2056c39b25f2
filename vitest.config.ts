import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{packages,workloads,apps,infrastructure,scripts}/**/*.test.ts", "test/unit/**/*.test.ts"],
    exclude: ["**/node_modules/**", "workloads/gateway/dashboard/**"],
    pool: "forks",
    testTimeout: 20_000,
  },
});
