import { describe, expect, it } from "vitest";
import { buildDashboard, compressedBytes } from "../../scripts/dashboard.ts";

const bytesMax = 150_000;

describe("the pages", () => {
  it("weigh less than 150 kB compressed, all of them together", async () => {
    await buildDashboard();
    expect(compressedBytes()).toBeLessThan(bytesMax);
  });
});
