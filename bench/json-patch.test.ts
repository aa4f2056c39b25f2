import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Operation, patchFor } from "./json-patch.ts";

/** Performs one operation on a copy, by RFC 6902. */
const performed = (value: unknown, operation: Operation): unknown => {
  if (operation.path === "") return operation.op === "remove" ? undefined : operation.value;
  const copy = structuredClone(value) as Record<string, unknown>;
  const keys = operation.path
    .slice(1)
    .split("/")
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = keys.pop() ?? "";
  const holder = keys.reduce((inner, key) => inner[key] as Record<string, unknown>, copy);
  if (operation.op === "remove") delete holder[last];
  else Object.defineProperty(holder, last, { value: operation.value, enumerable: true, configurable: true, writable: true });
  return copy;
};

describe("a JSON patch", () => {
  it("adds, removes and replaces where values differ, and escapes what a pointer cannot hold", () => {
    const found = { labels: { "a/b": "1", gone: "x" }, list: [1, { port: 80 }] };
    const wanted = { labels: { "a/b": "2", "new~": "y" }, list: [1, { port: 81 }] };
    expect(patchFor(found, wanted)).toEqual([
      { op: "replace", path: "/labels/a~1b", value: "2" },
      { op: "remove", path: "/labels/gone" },
      { op: "add", path: "/labels/new~0", value: "y" },
      { op: "replace", path: "/list/1/port", value: 81 },
    ]);
  });

  it("replaces a list of another length as a whole", () => {
    expect(patchFor({ ports: [80] }, { ports: [80, 443] })).toEqual([{ op: "replace", path: "/ports", value: [80, 443] }]);
  });

  it("makes the one value of the other, whatever they are", () => {
    const table = fc.dictionary(fc.string({ maxLength: 3 }), fc.jsonValue({ maxDepth: 3 }), { noNullPrototype: true });
    fc.assert(
      fc.property(table, table, (found, wanted) => {
        expect(patchFor(found, wanted).reduce<unknown>(performed, found)).toEqual(wanted);
      }),
    );
  });
});
