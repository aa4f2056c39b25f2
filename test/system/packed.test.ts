import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTask, getTask, listNodes } from "@fogline/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pack } from "../../scripts/pack.ts";
import { installed } from "./testing/cli.ts";
import { eventually } from "./testing/eventually.ts";
import { removeDataFolder, startHubProcess } from "./testing/hub.ts";
import { processesNaming } from "./testing/processes.ts";
import { makeRepository, type Repository } from "./testing/repository.ts";

// Bundling and writing the types of what users import takes most of a minute on two busy cores.
const packingMs = 300_000;

describe("the packed command, installed into an empty folder", () => {
  let folder: string;
  let command: string;
  let repository: Repository;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "fogline-packed-"));
    const archive = await pack(join(folder, "pack"));
    writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
    // This Node runs the tests, so none has to be fetched.
    execFileSync("npm", ["install", "--offline", "--omit=optional", "--no-audit", "--no-fund", archive], { cwd: folder, stdio: "pipe" });
    command = join(folder, "node_modules/fogline/bin/fogline.js");
    repository = makeRepository();
  }, packingMs);
  afterAll(() => {
    removeDataFolder(folder);
    repository?.remove();
  });

  const fogline = (...args: string[]) => {
    const { PATH, HOME } = process.env;
    const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], { cwd: folder, encoding: "utf8", env: { PATH, HOME } });
    return { status, stdout, stderr };
  };

  it("brings nothing but itself, and no source", () => {
    expect(readdirSync(join(folder, "node_modules")).filter((name) => !name.startsWith("."))).toEqual(["fogline"]);
    const files = readdirSync(join(folder, "node_modules/fogline"), { recursive: true, encoding: "utf8" });
    expect(files.filter((name) => name.endsWith(".ts"))).toEqual(["dist/charts.d.ts"]);
    expect(files).toEqual(
      expect.arrayContaining(["package.json", "LICENSE", "bin/fogline.js", "dist/main.js", "dist/agent.js", "dist/simulation.js"]),
    );
  });

  it("has a version", () => {
    expect(fogline("--version")).toEqual({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: "" });
  });

  it("runs where the system has Node 24, and says what to do where it has an older one", () => {
    const systems = Number(execFileSync("node", ["-p", "process.versions.node.split('.')[0]"], { encoding: "utf8" }));
    const said = installed(["--version"], command);
    if (systems >= 24) expect(said.status).toBe(0);
    else expect(said).toMatchObject({ status: 3, stderr: expect.stringContaining("fix: install Node 24") });
  });

  it("checks and renders a repository as the checkout does", () => {
    expect(fogline("--repo", repository.path, "check")).toMatchObject({ status: 0, stdout: expect.stringContaining("0 errors, 0 warnings") });
    expect(fogline("--repo", repository.path, "render", "--check")).toMatchObject({ status: 0 });
    expect(fogline("check")).toMatchObject({ status: 3, stderr: expect.stringContaining("FL3013") });
  });

  it("runs a fog with its agent and simulated devices, and leaves no process behind", async () => {
    const hub = await startHubProcess({ repository: repository.path, command: [process.execPath, command, "up"] });
    try {
      const { nodes } = await hub.client.call(listNodes, { status: "online" });
      expect(nodes).toHaveLength(9);
      const { id } = await hub.client.call(createTask, { command: ["uname", "-s"], node: "this-machine" });
      const task = await eventually("the task ends", async () => {
        const now = await hub.client.call(getTask, { id });
        return now.result !== null && now;
      });
      expect(task.result?.stdout).toBe("Linux\n");
      expect(processesNaming(hub.dataFolder).filter(({ command: line }) => line.includes("packages/")).length).toBe(0);
    } finally {
      await hub.end();
    }
    await eventually("every process is gone", () => processesNaming(hub.dataFolder).length === 0);
    removeDataFolder(hub.dataFolder);
  });
});
