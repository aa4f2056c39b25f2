import { codes } from "@fogline/findings";
import { fleetJsonSchema, parseFleet } from "@fogline/fleet";
import { describe, expect, it } from "vitest";
import { fleetReference } from "./fleet-reference.ts";
import { sections } from "./fleet-sections.ts";

const text = fleetReference();

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly $ref?: string;
}

/** Every key that the schema has anywhere, by its own name. */
const keysOf = (node: unknown): string[] => {
  if (typeof node !== "object" || node === null) return [];
  const { properties = {} } = node as Node;
  return [...Object.keys(properties), ...Object.values(node).flatMap(keysOf)];
};

describe("the reference of the fleet file", () => {
  it("has a row with a meaning for every key of the schema", () => {
    const rows = new Map([...text.matchAll(/^\| `([^`]+)` \| ([^|]+) \|/gm)].map(([, key = "", meaning = ""]) => [key.split(".").at(-1), meaning]));
    const keys = new Set(keysOf(JSON.parse(fleetJsonSchema())));
    expect(keys.size).toBeGreaterThan(80);
    for (const key of keys) expect([key, rows.get(key)]).toEqual([key, expect.stringMatching(/\w/)]);
  });

  it("leads to every code that a fleet file can be refused with", () => {
    for (const code of Object.keys(codes).filter((name) => name.startsWith("FL1"))) expect(text).toContain(`(errors.md#${code.toLowerCase()})`);
  });

  it("names values, bounds, default and code of a key", () => {
    expect(text).toContain(
      "| `skipOffline` | Share of devices that may be offline without holding the ring up. | a percentage such as 10% | 0% | [FL1017]",
    );
    expect(text).toContain("| a whole number from 0 to 1000 | 1 | [FL1023](errors.md#fl1023) [FL1076](errors.md#fl1076) |");
    expect(text).toContain("| `env` | Environment variables. | a mapping from name to text, or a number, or `true` or `false` | none |");
  });

  it("has examples that are one valid fleet together", () => {
    const files = sections.flatMap(({ title, example }) => (example === undefined ? [] : [{ path: `${title}.yaml`, text: example }]));
    const { fleet, findings } = parseFleet(files);
    expect(findings).toEqual([]);
    expect(fleet?.workloads.find(({ name }) => name === "display")?.targets.map(({ cluster }) => cluster)).toEqual(["edge-pi"]);
  });
});
