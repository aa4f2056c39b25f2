import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./root.ts";

const page = readFileSync(join(root, "docs/new-hardware.md"), "utf8");

/** A table with a row for each member of one of these: `name: { readonly [Key in HardwareName]: ... } = ...`. */
const total = /const (\w+): \{ readonly \[\w+ in (?:HardwareName|DeviceClass|StorageMedium|DataMedium|Component|ConnectivityName)\b/g;

const tables = async (): Promise<{ file: string; name: string }[]> => {
  const found: { file: string; name: string }[] = [];
  for await (const file of glob("packages/{fleet,gitops,manifests}/src/**/*.ts", { cwd: root })) {
    const text = readFileSync(join(root, file), "utf8");
    for (const [, name = ""] of text.matchAll(total)) found.push({ file, name });
  }
  return found;
};

describe("the page about new hardware", () => {
  it("names every table that asks for a row, with its file", async () => {
    const all = await tables();
    expect(all.length).toBeGreaterThan(8);
    const missing = all.filter(({ file, name }) => !page.includes(`\`${file}\``) || (!page.includes(`\`${name}\``) && name !== "connectivity"));
    expect(missing).toEqual([]);
  });

  it("names no file that is gone", () => {
    const named = [...page.matchAll(/`((?:packages|clusters)\/[\w./-]+\.\w+)`/g)].map(([, file = ""]) => file);
    expect(named.length).toBeGreaterThan(8);
    for (const file of named) expect(() => readFileSync(join(root, file)), file).not.toThrow();
  });
});
