import { describe, expect, it } from "vitest";
import { changelogWith } from "./changelog.ts";

const second = { version: "0.2.0", date: "2026-12-01", commits: ["Devices say why", "A task waits"] };

describe("the changelog", () => {
  it("begins with the first version, which lists no commits", () => {
    expect(changelogWith({ version: "0.1.0", date: "2026-11-26", commits: undefined }, undefined)).toBe(
      "# Changes\n\n## 0.1.0 (2026-11-26)\n\nThe first release.\n",
    );
  });

  it("has the newest version on top, with the first lines of its commits, and keeps the others", () => {
    const first = changelogWith({ version: "0.1.0", date: "2026-11-26", commits: undefined }, undefined);
    expect(changelogWith(second, first)).toBe(
      "# Changes\n\n## 0.2.0 (2026-12-01)\n\n- Devices say why\n- A task waits\n\n## 0.1.0 (2026-11-26)\n\nThe first release.\n",
    );
  });

  it("has one section of a version, however often it is released, and 0.1.0 is not 0.1.0-rc.1", () => {
    const once = changelogWith(second, "# Changes\n\n## 0.2.0-rc.1 (2026-11-30)\n\n- x\n");
    expect(changelogWith(second, once)).toBe(once);
    expect(once.match(/^## .*/gm)).toEqual(["## 0.2.0 (2026-12-01)", "## 0.2.0-rc.1 (2026-11-30)"]);
  });
});
