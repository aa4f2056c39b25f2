import { mkdir, readdir, readFile, rmdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

export interface Limits {
  readonly cpuCores: number;
  readonly memoryBytes: number;
  readonly processesMax: number;
}

/** Where executions may get control groups: version 1 has one folder per controller, version 2 has one for all. */
export interface ControlGroups {
  readonly version: 1 | 2;
  /** Controllers that can be limited here: some of cpu, memory, pids. */
  readonly controllers: readonly string[];
  /** Folders below which a group is made, one per entry. */
  readonly parents: readonly { readonly folder: string; readonly controllers: readonly string[] }[];
}

const wanted = ["cpu", "memory", "pids"];
/** The scheduler's period; a quota below a millisecond is refused by the kernel. */
export const periodMicros = 100_000;
const quotaMicrosMin = 1000;

/** CPU time that so many cores give in one period. */
export const quotaMicros = (cpuCores: number): number => Math.max(quotaMicrosMin, Math.round(cpuCores * periodMicros));

/** The files that limit one group, by version and controller (kernel documentation: cgroup-v1/*.rst and cgroup-v2.rst). */
export const limitFiles = (version: 1 | 2, controllers: readonly string[], limits: Limits): readonly (readonly [file: string, value: string])[] => {
  const files: Record<string, readonly (readonly [string, string])[]> =
    version === 1
      ? {
          cpu: [
            ["cpu.cfs_period_us", String(periodMicros)],
            ["cpu.cfs_quota_us", String(quotaMicros(limits.cpuCores))],
          ],
          memory: [["memory.limit_in_bytes", String(limits.memoryBytes)]],
          pids: [["pids.max", String(limits.processesMax)]],
        }
      : {
          cpu: [["cpu.max", `${quotaMicros(limits.cpuCores)} ${periodMicros}`]],
          memory: [
            ["memory.max", String(limits.memoryBytes)],
            ["memory.oom.group", "1"],
          ],
          pids: [["pids.max", String(limits.processesMax)]],
        };
  return controllers.flatMap((controller) => files[controller] ?? []);
};

const textOf = (path: string): Promise<string> => readFile(path, "utf8").catch(() => "");

const canMakeGroups = async (folder: string): Promise<boolean> => {
  const trial = join(folder, `fogline-trial-${process.pid}`);
  try {
    await mkdir(trial);
    await rmdir(trial);
    return true;
  } catch {
    return false;
  }
};

interface Mount {
  readonly type: string;
  readonly folder: string;
  readonly options: readonly string[];
}

/** This process's own group below a mount; inside a container the path may not be visible, and then the mount itself is the group. */
const ownFolder = async (mount: string, path: string): Promise<string> => {
  const folder = join(mount, path === "/" ? "" : path);
  return (await textOf(join(folder, "cgroup.procs"))) === "" ? mount : folder;
};

const version1 = async (mounts: readonly Mount[], paths: ReadonlyMap<string, string>): Promise<ControlGroups | undefined> => {
  const parents: { folder: string; controllers: string[] }[] = [];
  for (const controller of wanted) {
    const mount = mounts.find(({ type, options }) => type === "cgroup" && options.includes(controller));
    if (mount === undefined) continue;
    const folder = await ownFolder(mount.folder, paths.get(controller) ?? "/");
    const same = parents.find((parent) => parent.folder === folder);
    if (same !== undefined) same.controllers.push(controller);
    else if (await canMakeGroups(folder)) parents.push({ folder, controllers: [controller] });
  }
  return parents.length === 0 ? undefined : { version: 1, parents, controllers: parents.flatMap(({ controllers }) => controllers) };
};

const version2 = async (mounts: readonly Mount[], paths: ReadonlyMap<string, string>): Promise<ControlGroups | undefined> => {
  const mount = mounts.find(({ type }) => type === "cgroup2");
  if (mount === undefined) return undefined;
  const folder = await ownFolder(mount.folder, paths.get("") ?? "/");
  const offered = (await textOf(join(folder, "cgroup.controllers"))).trim().split(/\s+/);
  const controllers = wanted.filter((controller) => offered.includes(controller));
  if (controllers.length === 0 || !(await canMakeGroups(folder))) return undefined;
  const delegate = () => writeFile(join(folder, "cgroup.subtree_control"), controllers.map((name) => `+${name}`).join(" "));
  try {
    await delegate();
  } catch {
    // A group with processes of its own cannot hand controllers down: the agent moves into a leaf first.
    try {
      const leaf = join(folder, "fogline-agent");
      await mkdir(leaf, { recursive: true });
      await writeFile(join(leaf, "cgroup.procs"), String(process.pid));
      await delegate();
    } catch {
      return undefined;
    }
  }
  return { version: 2, parents: [{ folder, controllers }], controllers };
};

/** Finds control groups that this process may write, of either version. Undefined where there are none. `procFolder` is /proc. */
export const findControlGroups = async (procFolder = "/proc"): Promise<ControlGroups | undefined> => {
  const mounts = (await textOf(join(procFolder, "self/mounts"))).split("\n").map((line): Mount => {
    const [, folder = "", type = "", options = ""] = line.split(" ");
    return { folder, type, options: options.split(",") };
  });
  const paths = new Map<string, string>();
  for (const line of (await textOf(join(procFolder, "self/cgroup"))).trim().split("\n")) {
    const [, controllers = "", ...path] = line.split(":");
    for (const controller of controllers.split(",")) paths.set(controller, path.join(":"));
  }
  return (await version2(mounts, paths)) ?? (await version1(mounts, paths));
};

/** Makes the groups of one execution with their limits. Throws when the kernel refuses one; what was made is removed then. */
export const makeGroups = async (groups: ControlGroups, name: string, limits: Limits): Promise<readonly string[]> => {
  const made: string[] = [];
  try {
    for (const { folder, controllers } of groups.parents) {
      const group = join(folder, name);
      await mkdir(group, { recursive: true });
      made.push(group);
      for (const [file, value] of limitFiles(groups.version, controllers, limits)) await writeFile(join(group, file), value);
    }
    return made;
  } catch (thrown) {
    await removeGroups(made);
    throw thrown;
  }
};

/** Puts a process into the groups; its children follow. */
export const joinGroups = async (folders: readonly string[], processId: number): Promise<void> => {
  await Promise.all(folders.map((folder) => writeFile(join(folder, "cgroup.procs"), String(processId))));
};

/** How often the kernel ended a process of the groups for lack of memory. */
export const outOfMemoryKills = async (folders: readonly string[]): Promise<number> => {
  const texts = await Promise.all(folders.flatMap((folder) => [textOf(join(folder, "memory.oom_control")), textOf(join(folder, "memory.events"))]));
  return Math.max(0, ...texts.map((text) => Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0)));
};

const membersOf = async (folders: readonly string[]): Promise<number[]> => {
  const texts = await Promise.all(folders.map((folder) => textOf(join(folder, "cgroup.procs"))));
  return [...new Set(texts.flatMap((text) => text.split("\n")).map(Number))].filter((id) => id > 1);
};

const killPassesMax = 100;

/** Ends every process of the groups, also one that forks as fast as it can: without room for new processes it cannot outrun this. */
export const killGroups = async (folders: readonly string[]): Promise<void> => {
  await Promise.all(
    folders.flatMap((folder) => [
      writeFile(join(folder, "pids.max"), "0", { flag: "r+" }).catch(() => undefined),
      writeFile(join(folder, "cgroup.kill"), "1", { flag: "r+" }).catch(() => undefined),
    ]),
  );
  for (let pass = 0; pass < killPassesMax; pass += 1) {
    const members = await membersOf(folders);
    if (members.length === 0) return;
    for (const id of members) {
      try {
        process.kill(id, "SIGKILL");
      } catch {
        // It ended between the listing and the signal.
      }
    }
    await wait(Math.min(5 * (pass + 1), 100));
  }
};

/** Younger than this, an empty group may be about to get its process. */
const abandonedMs = 60_000;

/** Removes groups that a killed agent made and never used. Groups with processes, and those of the last minute, stay. */
export const sweepGroups = async (groups: ControlGroups, nowMs: number): Promise<void> => {
  for (const { folder } of groups.parents) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter((found) => found.startsWith("fogline-") && found !== "fogline-agent")) {
      const group = join(folder, name);
      const made = await stat(group).catch(() => undefined);
      // The kernel refuses to remove a group that has processes.
      if (made !== undefined && nowMs - made.mtimeMs >= abandonedMs) await rmdir(group).catch(() => undefined);
    }
  }
};

/** Removes empty groups. The kernel refuses for a moment after the last process ended. */
export const removeGroups = async (folders: readonly string[]): Promise<void> => {
  for (const folder of folders) {
    for (let pass = 0; pass < killPassesMax; pass += 1) {
      const busy = await rmdir(folder).then(
        () => false,
        (thrown: NodeJS.ErrnoException) => thrown.code === "EBUSY",
      );
      if (!busy) break;
      await wait(Math.min(5 * (pass + 1), 100));
    }
  }
};
