import { readFileSync } from "node:fs";
import type { KubernetesObject } from "@fogline/manifests";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkTree } from "../index.ts";
import { contextOf, readBaseTree } from "../testing/trees.ts";
import type { CheckContext } from "./rule.ts";

const contexts = ["edge", "cloud"].map((name) =>
  contextOf(readBaseTree(readFileSync(new URL(`../../fixtures/trees/base/${name}.yaml`, import.meta.url), "utf8"))),
);

type Path = readonly string[];

/** The path of every field of a value. */
const pathsIn = (value: unknown, path: Path = []): Path[] =>
  typeof value !== "object" || value === null
    ? []
    : Object.entries(value).flatMap(([key, member]) => [[...path, key], ...pathsIn(member, [...path, key])]);

/** Every field of every object, beyond what makes it an object. */
const places = contexts.flatMap((context) =>
  context.tree.folders.flatMap(({ objects }) =>
    objects.flatMap(({ object, file }) =>
      pathsIn(object)
        .filter(([first = ""]) => !["apiVersion", "kind", "metadata"].includes(first))
        .map((path) => ({ context, file, path })),
    ),
  ),
);

const replaced = (value: unknown, [first, ...rest]: Path, by: unknown): unknown => {
  if (first === undefined) return by;
  if (Array.isArray(value)) return value.map((member, index) => (String(index) === first ? replaced(member, rest, by) : member));
  const mapping = value as Record<string, unknown>;
  return { ...mapping, [first]: replaced(mapping[first], rest, by) };
};

const withFault = ({ context, file, path }: (typeof places)[number], by: unknown): CheckContext => ({
  ...context,
  tree: {
    ...context.tree,
    folders: context.tree.folders.map((folder) => ({
      ...folder,
      objects: folder.objects.map((entry) =>
        entry.file === file ? { ...entry, object: replaced(entry.object, path, by) as KubernetesObject } : entry,
      ),
    })),
  },
});

const wrong = fc.oneof(
  fc.constantFrom<unknown>(null, "", "x", "1e30", 0, -1, 1e300, true, [], {}, [null], [[]], { "": null }),
  fc.jsonValue({ maxDepth: 2 }),
);

describe("an object that its schema would refuse", () => {
  it("makes no rule throw, in 2,000 cases, and what is found has a message and a place", () => {
    fc.assert(
      fc.property(fc.constantFrom(...places), wrong, (place, by) => {
        for (const finding of checkTree(withFault(place, by))) {
          expect(finding.message).not.toMatch(/undefined|NaN|\[object/);
          expect(finding.place?.line).toBeGreaterThan(0);
        }
      }),
      { numRuns: 2_000 },
    );
  }, 60_000);
});
