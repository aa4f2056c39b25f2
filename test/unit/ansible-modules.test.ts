import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../../scripts/root.ts";

const hasPython = spawnSync("python3", ["--version"]).status === 0;

describe.runIf(hasPython)("what the modules of the collection decide", () => {
  it("holds for the values of their own tests", () => {
    const { status, stderr } = spawnSync("python3", ["-m", "unittest", "discover", "--start-directory", join(root, "bootstrap/ansible/tests/unit")], {
      encoding: "utf8",
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
    });
    expect(stderr).toMatch(/^Ran [1-9]\d* tests?/m);
    expect(status, stderr).toBe(0);
  });
});
