import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/root.ts";
import { type HubProcess, removeDataFolder, startHubProcess } from "./testing/hub.ts";
import { makeRepository, type Repository } from "./testing/repository.ts";

const readme = readFileSync(join(root, "README.md"), "utf8");
const tour = [...readme.matchAll(/```sh tour\n([\s\S]*?)```/g)].flatMap(([, block]) => (block ?? "").trim().split("\n"));
const run = promisify(execFile);

describe("the README", () => {
  let repository: Repository;
  let hub: HubProcess;

  beforeAll(async () => {
    repository = makeRepository();
    hub = await startHubProcess({ repository: repository.path });
  }, 90_000);
  afterAll(async () => {
    await hub?.end();
    removeDataFolder(hub?.dataFolder);
    repository?.remove();
  });

  it("has a tour whose every command works, in its order", async () => {
    expect(tour.length).toBeGreaterThan(8);
    const environment = { ...process.env, FOGLINE_DATA: hub.dataFolder, PATH: `${dirname(process.execPath)}:${process.env.PATH}` };
    const fogline = `sh ${join(root, "bin/node24")} ${join(root, "packages/cli/src/main.ts")} --repo ${repository.path}`;
    for (const command of tour) {
      const line = command.replaceAll("npx fogline", fogline);
      const { stdout } = await run("sh", ["-c", line], { cwd: repository.path, env: environment }).catch((thrown: Error & { stdout?: string }) => {
        throw new Error(`${command}\n${thrown.stdout ?? ""}${thrown.message}`);
      });
      expect(stdout, command).not.toBe("");
    }
  });

  it("links only to files that exist", () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target]) => target ?? "");
    expect(links.filter((target) => !existsSync(join(root, target)))).toEqual([]);
  });
});
