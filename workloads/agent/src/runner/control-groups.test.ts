import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findControlGroups, limitFiles, makeGroups, sweepGroups } from "./control-groups.ts";

const limits = { cpuCores: 0.5, memoryBytes: 1_000_000, processesMax: 7 };
let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "fogline-groups-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** A machine whose control groups are ordinary folders. */
const plant = async (files: Readonly<Record<string, string>>) => {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(root, path, ".."), { recursive: true });
    await writeFile(join(root, path), text);
  }
};

describe("control groups", () => {
  it("are limited in the words of their version", () => {
    expect(limitFiles(1, ["cpu", "memory", "pids"], limits)).toEqual([
      ["cpu.cfs_period_us", "100000"],
      ["cpu.cfs_quota_us", "50000"],
      ["memory.limit_in_bytes", "1000000"],
      ["pids.max", "7"],
    ]);
    expect(limitFiles(2, ["memory", "cpu"], { ...limits, cpuCores: 0.001 })).toEqual([
      ["memory.max", "1000000"],
      ["memory.oom.group", "1"],
      ["cpu.max", "1000 100000"],
    ]);
  });

  it("of version 2 are found below the agent's own, with the controllers that are handed down", async () => {
    await plant({
      "proc/self/mounts": `cgroup2 ${root}/fs cgroup2 rw 0 0\n`,
      "proc/self/cgroup": "0::/system.slice/fogline.service\n",
      "fs/system.slice/fogline.service/cgroup.procs": "1\n",
      "fs/system.slice/fogline.service/cgroup.controllers": "cpuset cpu memory pids\n",
      "fs/system.slice/fogline.service/cgroup.subtree_control": "",
    });
    const own = join(root, "fs/system.slice/fogline.service");
    const found = await findControlGroups(join(root, "proc"));
    expect(found).toEqual({ version: 2, controllers: ["cpu", "memory", "pids"], parents: [{ folder: own, controllers: ["cpu", "memory", "pids"] }] });
    expect(await readFile(join(own, "cgroup.subtree_control"), "utf8")).toBe("+cpu +memory +pids");
    if (found === undefined) return;
    expect(await makeGroups(found, "fogline-x", limits)).toEqual([join(own, "fogline-x")]);
    expect(await readFile(join(own, "fogline-x/cpu.max"), "utf8")).toBe("50000 100000");
  });

  it("of version 1 are found where they may be made, one folder a controller", async () => {
    await plant({
      "proc/self/mounts": `c ${root}/cpu cgroup rw,cpu 0 0\nc ${root}/pids cgroup rw,pids 0 0\nc ${root}/none cgroup rw,memory 0 0\n`,
      "proc/self/cgroup": "3:pids:/user\n2:cpu:/\n1:memory:/\n",
      "pids/user/cgroup.procs": "1\n",
      "cpu/cgroup.procs": "1\n",
    });
    expect(await findControlGroups(join(root, "proc"))).toEqual({
      version: 1,
      controllers: ["cpu", "pids"],
      parents: [
        { folder: join(root, "cpu"), controllers: ["cpu"] },
        { folder: join(root, "pids/user"), controllers: ["pids"] },
      ],
    });
  });

  it("are none where nothing is mounted", async () => {
    await plant({ "proc/self/mounts": "", "proc/self/cgroup": "" });
    expect(await findControlGroups(join(root, "proc"))).toBeUndefined();
  });

  it("that a killed agent left empty are swept away, the others stay", async () => {
    for (const name of ["fogline-old", "fogline-new", "fogline-agent", "other"]) await mkdir(join(root, name));
    for (const name of ["fogline-old", "fogline-agent", "other"]) await utimes(join(root, name), 1, 1);
    await sweepGroups({ version: 1, controllers: ["pids"], parents: [{ folder: root, controllers: ["pids"] }] }, Date.now());
    expect(["fogline-old", "fogline-new", "fogline-agent", "other"].filter((name) => existsSync(join(root, name)))).toEqual([
      "fogline-new",
      "fogline-agent",
      "other",
    ]);
  });
});
