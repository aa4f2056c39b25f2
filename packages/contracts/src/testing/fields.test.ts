import { describe, expect, it } from "vitest";
import { z } from "zod";
import { absent, faults } from "./fields.ts";

const schema = z.object({ name: z.string().min(1), size: z.number().default(3) });
const sample = { name: "a", size: 1 };
const name = { takes: ["a"], refuses: ["", absent] };
const size = { fills: 3 };

describe("what a schema does otherwise than its table", () => {
  it("is nothing when the table is right", () => {
    expect(faults(schema, sample, { name, size })).toEqual([]);
    expect(faults(z.strictObject(schema.shape), sample, { name, size }, "strict")).toEqual([]);
  });

  it("is told for a value that is refused, taken, or read as another", () => {
    const wrong = { takes: [""], refuses: ["b"], reads: [["a", "A"]] as const };
    const told = faults(schema, sample, { name: wrong, size: { fills: 4 } });
    expect(told).toHaveLength(4);
    expect(told[0]).toContain('name refuses ""');
    expect(told.slice(1)).toEqual(['name comes out as "a", not "A"', 'name takes "b"', "size comes out as 3, not 4"]);
  });

  it("is told for fields that the table forgets or makes up", () => {
    expect(faults(schema, sample, { name })).toEqual(["fields are name size, the table tells name"]);
    expect(faults(schema, sample, { name, size, colour: {} })).toEqual(["fields are name size, the table tells colour name size"]);
  });

  it("is told for unknown keys that are taken or refused against the table", () => {
    expect(faults(schema, sample, { name, size }, "strict")).toEqual(["an unknown key is taken"]);
    expect(faults(z.strictObject(schema.shape), sample, { name, size })).toEqual(["an unknown key is not dropped"]);
    expect(faults(z.looseObject(schema.shape), sample, { name, size })).toEqual(["an unknown key is not dropped"]);
  });

  it("is told for a sample that does not fit, and for a refusal at another field", () => {
    expect(faults(schema, { name: "" }, { name, size })[0]).toContain("the sample is refused");
    const crossed = schema.refine((value) => value.name !== "b", { path: ["size"] });
    expect(faults(crossed, sample, { name: { refuses: ["b"] }, size })[0]).toContain('name as "b" is refused elsewhere');
  });
});
