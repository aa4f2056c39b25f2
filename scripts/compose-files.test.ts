import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { composeSecrets, composeServices, prepareCompose } from "./compose-files.ts";

const folder = mkdtempSync(join(tmpdir(), "fogline-compose-files-"));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const prepare = (nodes: string) => prepareCompose({ folder, nodes, url: "http://127.0.0.1:3000" });
const read = (...path: string[]) => readFileSync(join(folder, ...path), "utf8");
const passwordIn = (text: string) => /\/\/[a-z]+:([0-9a-f]{48})@postgres/.exec(text)?.[1] ?? "none";

describe("what the containers of this machine are given", () => {
  it("has its secrets once, and its nodes anew each time", () => {
    prepare("[1]");
    const before = readdirSync(join(folder, "secrets")).map((name) => [name, read("secrets", name)]);
    prepare("[2]");
    expect(readdirSync(join(folder, "secrets")).map((name) => [name, read("secrets", name)])).toEqual(before);
    expect(read("fleet", "nodes.json")).toBe("[2]");
  });

  it("lets nobody but its owner into the folders of secrets", () => {
    prepare("[]");
    for (const name of ["secrets", "data"]) expect([name, statSync(join(folder, name)).mode & 0o777]).toEqual([name, 0o700]);
    expect(statSync(join(folder, "data/admin.token")).mode & 0o777).toBe(0o600);
    expect(JSON.parse(read("secrets", "gateway.json")).adminToken).toBe(read("data", "admin.token").trim());
  });

  it("tells a service its own password of the databases and no other's", () => {
    const { files } = composeSecrets();
    const passwords = composeServices.map((name) => passwordIn(files[`${name}.json`] ?? ""));
    expect(new Set(passwords).size).toBe(composeServices.length);
    for (const [index, name] of composeServices.entries()) {
      expect(files["databases.sql"]).toContain(`CREATE ROLE ${name} LOGIN PASSWORD '${passwords[index]}';`);
      const others = composeServices.filter((other) => other !== name);
      for (const other of others) expect(files[`${other}.json`]).not.toContain(passwords[index]);
    }
  });
});
