import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { errorOf, event, operation, stream } from "../kernel/declaration.ts";
import { breakingChanges } from "./breaking.ts";
import { type PublishedContract, publish } from "./publish.ts";

const folder = new URL("../../", import.meta.url);
const committed = (file: string): PublishedContract[] => JSON.parse(readFileSync(new URL(file, folder), "utf8")) as PublishedContract[];
const declared = publish((await import(new URL("../index.ts", import.meta.url).href)) as Record<string, unknown>);
const released = existsSync(new URL("released.json", folder)) ? committed("released.json") : undefined;

describe("what the contracts say to others", () => {
  it("is what packages/contracts/contracts.json says; if not, run `npm run contracts` and read the difference", () => {
    expect(declared.map(({ name }) => name)).toEqual(committed("contracts.json").map(({ name }) => name));
    for (const contract of committed("contracts.json"))
      expect(
        declared.find(({ name }) => name === contract.name),
        contract.name,
      ).toEqual(contract);
  });

  const since =
    released === undefined ? "everything so far: nothing is released yet, so nothing can break" : "what packages/contracts/released.json says";
  it(`only adds to ${since}`, () => {
    expect(breakingChanges(released ?? [], declared).filter(({ severity }) => severity === "error")).toEqual([]);
  });
});

describe("a published contract", () => {
  const request = z.strictObject({ size: z.int().min(1).max(9).default(3), at: z.coerce.number().optional() });
  const response = z.strictObject({ size: z.int().min(1).max(9).default(3) });
  const full = errorOf("FL4012", z.object({ limit: z.string() }), () => "full");
  const exported = {
    notAContract: { kind: "operation" },
    neitherThis: { kind: "battery", name: "battery" },
    norThis: "operation",
    norNull: null,
    things: operation({
      name: "things.add",
      summary: "Add.",
      role: "user",
      idempotency: "key",
      http: { method: "POST", path: "/api/things" },
      request,
      response,
      errors: { full },
    }),
    watch: stream({ name: "things.watch", summary: "Watch.", role: "admin", request: z.object({}), item: response }),
    changed: event({ name: "things.changed", summary: "Changed.", data: z.object({ b: z.string(), a: z.unknown() }) }),
  };
  const published = publish(exported);
  const sizeSchema = { default: 3, maximum: 9, minimum: 1, type: "integer" };

  it("stands in the order of names, after the frames of the agent protocol", () => {
    expect(published.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      "frames agent-protocol.from-agent",
      "frames agent-protocol.from-hub",
      "operation things.add",
      "event things.changed",
      "stream things.watch",
    ]);
  });

  it("says what a sender may write and what a receiver gets", () => {
    expect(published[2]).toEqual({
      name: "things.add",
      kind: "operation",
      role: "user",
      idempotency: "key",
      http: { method: "POST", path: "/api/things" },
      request: { type: "object", properties: { size: sizeSchema, at: { type: "number" } }, additionalProperties: false },
      response: { type: "object", properties: { size: sizeSchema }, required: ["size"] },
      errors: { full: { code: "FL4012", fields: { type: "object", properties: { limit: { type: "string" } }, required: ["limit"] } } },
    });
    expect(published[4]).toEqual({
      name: "things.watch",
      kind: "stream",
      role: "admin",
      request: { type: "object", properties: {} },
      item: { type: "object", properties: { size: sizeSchema }, required: ["size"] },
    });
  });

  it("has its keys in one order, the name and the kind first", () => {
    expect(JSON.stringify(published[3])).toBe(
      '{"name":"things.changed","kind":"event","data":{"properties":{"a":{},"b":{"type":"string"}},"required":["b","a"],"type":"object"}}',
    );
  });
});
