import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { fleetJsonSchema, parseFleet } from "./index.ts";

interface Node {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Node>>;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node | boolean;
}
const schema = JSON.parse(fleetJsonSchema()) as Node;

/** Paths of every field that names a Secret. `*` stands for a key that the user chooses, `0` for an item of a list. */
const secretFields = (node: Node | boolean | undefined, path: readonly string[] = []): string[] => {
  if (typeof node !== "object") return [];
  if (node.$ref === "#/$defs/secretName") return [path.join(" ")];
  const { properties = {}, additionalProperties, items } = node.$ref === undefined ? node : (schema.$defs?.[node.$ref.replace("#/$defs/", "")] ?? {});
  // JSON values are made of JSON values; a path that long is in there.
  if (path.length > 9) return [];
  return [
    ...Object.entries(properties).flatMap(([key, inner]) => secretFields(inner, [...path, key])),
    ...secretFields(additionalProperties, [...path, "*"]),
    ...secretFields(items, [...path, "0"]),
  ];
};
const fields = secretFields(schema);

const valid = parse(readFileSync(new URL("../fixtures/valid/whole-vocabulary.yaml", import.meta.url), "utf8"));

/** The valid fleet with a value put at a path, whatever was there. */
const fleetWith = (path: string, value: unknown): string => {
  const fleet = structuredClone(valid);
  const keys = path.split(" ");
  let table = fleet;
  for (const [depth, key] of keys.entries()) {
    const known = Object.keys(Object(table));
    const name = key === "*" ? (known[0] ?? "something") : key;
    if (depth === keys.length - 1) table[name] = value;
    else {
      if (typeof table[name] !== "object") table[name] = keys[depth + 1] === "0" ? [] : {};
      table = table[name];
    }
  }
  return stringify(fleet, { aliasDuplicateObjects: false });
};

/** A secret, and the forms in which it might get away. */
const canary = fc.string({ unit: fc.constantFrom(..."ABCDEFGHJKLMNPQRSTUVWXYZ23456789+/=&%!?"), minLength: 16, maxLength: 40 });
const formsOf = (secret: string): string[] => {
  const bytes = Buffer.from(secret);
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    bytes.toString("base64"),
    bytes.toString("base64url"),
    bytes.toString("hex"),
    encodeURIComponent(secret),
  ];
};

/** What somebody writes who takes the place for the secret's: its text, a login, a list. */
const mistakes: readonly ((secret: string) => unknown)[] = [
  (secret) => secret,
  (secret) => ({ username: "robot", password: secret }),
  (secret) => [secret],
  (secret) => [{ password: [secret] }],
];

const expectHidden = (text: string, secret: string): void => {
  const { fleet, findings } = parseFleet([{ path: "clusters/fleet.yaml", text }]);
  expect(fleet).toBeUndefined();
  expect(findings.length).toBeGreaterThan(0);
  const told = JSON.stringify(findings);
  for (const form of formsOf(secret)) expect(told).not.toContain(form);
};

describe("a secret where the name of one belongs", () => {
  it("can be written in a registry, in a workload, and in every layer of one", () => {
    expect(fields).toEqual(expect.arrayContaining(["registries * credentials", "workloads * secrets 0", "workloads * volumes * secret"]));
    for (const place of ["defaults", "tiers *", "rings *", "sites *", "clusters *"])
      expect(fields).toEqual(expect.arrayContaining([`${place} workload secrets 0`, `${place} workloads * volumes * secret`]));
  });

  it.each(fields)("is refused and not repeated: %s", (field) => {
    fc.assert(
      fc.property(canary, fc.constantFrom(...mistakes), (secret, mistake) => expectHidden(fleetWith(field, mistake(secret)), secret)),
      { numRuns: 12 },
    );
  });

  it("is not repeated where a list of names was expected, either", () => {
    fc.assert(
      fc.property(canary, fc.constantFrom(...mistakes), (secret, mistake) => expectHidden(fleetWith("workloads * secrets", mistake(secret)), secret)),
      { numRuns: 30 },
    );
  });
});

describe("a URL with a login in it", () => {
  const urls: readonly ((secret: string) => string)[] = [
    (secret) => `https://robot:${secret}@git.acme.example/fleet.git`,
    (secret) => `https://${secret}@git.acme.example/fleet.git`,
    (secret) => `ssh://git:${secret}@git.acme.example/fleet.git`,
    (secret) => `robot:${secret}@git.acme.example`,
  ];

  it.each(["repository", "registries * mirrors 0"])("is refused and not repeated: %s", (field) => {
    fc.assert(
      fc.property(canary, fc.constantFrom(...urls), (secret, url) => expectHidden(fleetWith(field, url(secret)), secret)),
      { numRuns: 40 },
    );
  });

  it("is none where SSH has a user's name", () => {
    const { findings } = parseFleet([{ path: "clusters/fleet.yaml", text: fleetWith("repository", "ssh://git@git.acme.example:22/fleet.git") }]);
    expect(findings).toEqual([]);
  });
});
