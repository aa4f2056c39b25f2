import { describe, expect, it } from "vitest";
import { coverage, percent, problems, type Requirement, sum } from "./coverage.ts";
import { testNames } from "./test-names.ts";

const source = `
describe("a queue", () => {
  describe("when full", () => {
    it("refuses", () => {});
    it.skip("is never asked", () => {});
  });
  it.each([1, 2])("keeps %s", () => {});
  describe.skipIf(noDatabase)("on PostgreSQL", () => { it("keeps order", () => {}); });
});
test("alone", () => {});
`;

const files: Record<string, string> = { "packages/a/src/queue.test.ts": source, "docs/adr/0007-order.md": "# Order\n" };
const read = (path: string): string | undefined => files[path];
const row = (id: string, more: Partial<Requirement> = {}): Requirement => ({ id, area: "scheduler", says: "something", ...more });

describe("names of tests", () => {
  it("are the paths of what runs, without what is skipped", () => {
    expect(testNames(source)).toEqual([
      ["a queue", "when full", "refuses"],
      ["a queue", "keeps %s"],
      ["a queue", "on PostgreSQL", "keeps order"],
      ["alone"],
    ]);
  });
});

describe("requirements", () => {
  it("have no problem when the proof and the decision exist", () => {
    const rows = [
      row("R-1", { proof: "packages/a/src/queue.test.ts > a queue > when full > refuses" }),
      row("R-2", { proof: ["packages/a/src/queue.test.ts > alone", "packages/a/src/queue.test.ts > a queue > keeps %s"] }),
      row("R-3", { decision: "docs/adr/0007-order.md" }),
      row("R-4", { same: "R-1" }),
    ];
    expect(problems(rows, read)).toEqual([]);
  });

  it.each([
    [row("R-1", { proof: "packages/b/src/queue.test.ts > alone" }), "there is no file packages/b/src/queue.test.ts"],
    [row("R-1", { proof: "packages/a/src/queue.test.ts > refuses" }), 'packages/a/src/queue.test.ts has no test "refuses" that runs'],
    [row("R-1", { proof: "packages/a/src/queue.test.ts > a queue > when full > is never asked" }), "has no test"],
    [row("R-1", { proof: "packages/a/src/queue.test.ts" }), "names no test"],
    [row("R-1", { decision: "docs/adr/0008.md" }), "there is no file docs/adr/0008.md"],
    [row("R-1", { same: "R-9" }), "same names R-9, which does not exist"],
  ])("name what does not exist: %#", (requirement, message) => {
    const found = problems([requirement], read);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`R-1: `);
    expect(found[0]).toContain(message);
  });

  it("name an id that stands twice once", () => {
    expect(problems([row("R-1"), row("R-2"), row("R-1")], read)).toEqual(["R-1: this id stands twice; ids are never reused"]);
  });
});

describe("coverage", () => {
  const rows = [
    row("R-1", { proof: "x" }),
    row("R-2", { decision: "y" }),
    row("R-3"),
    row("R-4", { area: "agent", same: "R-1" }),
    row("R-5", { area: "agent" }),
    row("R-6", { area: "agent", same: "R-3", decision: "z" }),
    row("R-7", { area: "agent", proof: [] }),
  ];

  it("counts a row as its twin when the twin is further, in both directions", () => {
    expect(coverage(rows)).toEqual([
      { area: "agent", proved: 1, decided: 1, open: 2 },
      { area: "scheduler", proved: 1, decided: 2, open: 0 },
    ]);
  });

  it("rounds down, so that 100 means every row", () => {
    expect(percent(sum(coverage(rows)))).toBe(71);
    expect(percent({ area: "a", proved: 199, decided: 0, open: 1 })).toBe(99);
  });
});
