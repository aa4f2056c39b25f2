import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { codes } from "@fogline/findings";
import { describe, expect, it } from "vitest";
import { boardTable } from "../../scripts/boards.ts";
import { root } from "../../scripts/root.ts";

const collection = join(root, "bootstrap/ansible");

describe("the modules of the collection", () => {
  // npm cannot install Python: without it the report says that this one was skipped.
  it.runIf(spawnSync("python3", ["--version"]).status === 0)(
    "pass their own tests, which are in Python",
    () => {
      const { status, stderr } = spawnSync("python3", ["-B", "-m", "unittest", "discover", "-s", join(collection, "tests/unit")], {
        encoding: "utf8",
      });
      expect(stderr).toMatch(/\nRan [1-9]\d* tests? in /);
      expect(status, stderr).toBe(0);
      // Another Python for all of them, and boards that are laid out on disk: seconds, and on a busy machine many.
    },
    120_000,
  );

  it("know the boards that the fleet file knows", () => {
    expect(readFileSync(join(collection, "plugins/module_utils/boards.py"), "utf8")).toBe(boardTable());
  });

  it("refuse with codes that are documented", () => {
    const folder = join(collection, "plugins/module_utils");
    const probes = readdirSync(folder).map((name) => (name.endsWith(".py") ? readFileSync(join(folder, name), "utf8") : ""));
    const named = new Set(probes.flatMap((text) => text.match(/\bFL4\d{3}\b/g) ?? []));
    expect(named.size).toBeGreaterThan(7);
    expect([...named].filter((code) => !(code in codes))).toEqual([]);
  });
});
