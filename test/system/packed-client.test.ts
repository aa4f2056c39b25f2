import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packClient } from "../../scripts/pack-client.ts";
import { root } from "../../scripts/root.ts";

const readme = readFileSync(join(root, "packages/client/README.md"), "utf8");
const examples = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block]) => block ?? "");

describe("the packed client in an empty folder", () => {
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "fogline-client-"));
    const archive = await packClient(join(folder, "pack"));
    const installed = join(folder, "node_modules/@fogline/client");
    mkdirSync(installed, { recursive: true });
    execFileSync("tar", ["-xzf", archive, "-C", installed, "--strip-components", "1"]);
    symlinkSync(join(root, "node_modules/zod"), join(folder, "node_modules/zod"));
    writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("runs, and says by name what is wrong", () => {
    const program = [
      'import { createHubClient, FoglineError } from "@fogline/client";',
      'const client = createHubClient({ url: "http://127.0.0.1:1", token: "t", attemptsMax: 1 });',
      "await client.nodes.list().catch((error) => console.log(error instanceof FoglineError, error.code));",
    ].join("\n");
    writeFileSync(join(folder, "ask.js"), program);
    expect(spawnSync(process.execPath, ["ask.js"], { cwd: folder, encoding: "utf8" })).toMatchObject({ stdout: "true FL4009\n", stderr: "" });
  });

  it("has types with which the examples of its README compile, and mistakes do not", () => {
    const known = [
      'import { createHubClient, everyPage, FoglineError, type HubClient } from "@fogline/client";',
      "declare const token: string, url: string, password: string, signal: AbortSignal, client: HubClient;",
      "declare let lastCursor: string;",
      "declare const tokenOfMyVault: () => Promise<string>, keep: (tokens: object) => void, location: { origin: string };",
    ];
    const written = examples.map((block, index) => `export const block${index} = async () => {${block.replaceAll(/^import .*$/gm, "")}};`);
    writeFileSync(join(folder, "examples.ts"), [...known, ...written].join("\n"));
    writeFileSync(join(folder, "mistake.ts"), [...known, "export const wrong = () => client.tasks.create({ comand: [] });"].join("\n"));
    const compilerOptions = {
      strict: true,
      noEmit: true,
      module: "nodenext",
      target: "es2024",
      lib: ["es2024", "dom"],
      types: [],
      skipLibCheck: false,
    };
    const compile = (file: string): string => {
      writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [file] }));
      return spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder], { encoding: "utf8" }).stdout;
    };
    expect(compile("examples.ts")).toBe("");
    expect(compile("mistake.ts")).toContain("'comand' does not exist in type");
  });
});
