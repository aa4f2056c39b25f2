import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { fleetJsonSchema } from "./index.ts";

const committed = fileURLToPath(new URL("../../../clusters/fleet.schema.json", import.meta.url));
const validate = new Ajv2020({ strict: false }).compile(JSON.parse(fleetJsonSchema()));

const fixtures = (kind: string): { name: string; value: unknown }[] => {
  const folder = new URL(`../fixtures/${kind}/`, import.meta.url);
  const texts = readdirSync(folder).map((name) => ({ name, text: readFileSync(new URL(name, folder), "utf8") }));
  return texts.filter(({ name, text }) => !text.includes("# file: ") && !/^FL100/.test(name)).map(({ name, text }) => ({ name, value: parse(text) }));
};

/** Codes of mistakes that one value shows by itself, as far as JSON Schema can say it. */
const seenByEditors = /^FL10(10|11|13|15|16|17|19|20|21|22|23|24|33|35)/;
const onlyByParsing = ["FL1019-cpu-too-fine.yaml"];

describe("the JSON Schema", () => {
  it("is committed as it is generated; vitest -u writes it", async () => {
    await expect(fleetJsonSchema()).toMatchFileSnapshot(committed);
  });

  it.each(fixtures("valid"))("accepts $name", ({ value }) => {
    expect(validate(value)).toBe(true);
  });

  it.each(fixtures("invalid").filter(({ name }) => seenByEditors.test(name) && !onlyByParsing.includes(name)))("refuses $name", ({ value }) => {
    expect(validate(value)).toBe(false);
  });
});
