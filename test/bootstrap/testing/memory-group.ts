import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A group of this machine's memory controller, for processes of a target: the target has no such controller of its own. */
export interface MemoryGroup {
  /** What the target starts from now on is in the group, because its first process is. */
  enter(): void;
  /** Takes the first process out again; what it started stays. */
  leave(): void;
  members(): readonly number[];
  /** The most that was used at once. */
  mostBytes(): number;
  /** How often the limit was reached and nothing could be given back. */
  failures(): number;
  remove(): void;
}

const controller = "/sys/fs/cgroup/memory";

const groupOf = (processId: number): string => {
  const line = readFileSync(`/proc/${processId}/cgroup`, "utf8")
    .split("\n")
    .find((one) => one.split(":")[1] === "memory");
  return join(controller, line?.split(":")[2] ?? "/");
};

const numbersIn = (file: string): number[] => readFileSync(file, "utf8").split("\n").filter(Boolean).map(Number);

export const makeMemoryGroup = (name: string, leader: number, bytesMax: number): MemoryGroup => {
  const before = groupOf(leader);
  const folder = join(controller, `fogline-${name}-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "memory.limit_in_bytes"), String(bytesMax));
  const move = (to: string, processId: number): void => writeFileSync(join(to, "cgroup.procs"), String(processId));
  return {
    enter: () => move(folder, leader),
    leave: () => move(before, leader),
    members: () => numbersIn(join(folder, "cgroup.procs")),
    mostBytes: () => numbersIn(join(folder, "memory.max_usage_in_bytes"))[0] ?? 0,
    failures: () => Number(/^oom_kill (\d+)$/m.exec(readFileSync(join(folder, "memory.oom_control"), "utf8"))?.[1] ?? 0),
    remove: () => {
      for (const processId of numbersIn(join(folder, "cgroup.procs"))) move(before, processId);
      rmdirSync(folder);
    },
  };
};

/** The process of this machine that a target knows by another id. */
export const hostProcessOf = (leader: number, inner: number): number | undefined => {
  const space = readlinkSync(`/proc/${leader}/ns/pid`);
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((processId) => {
      try {
        const [, ids = ""] = /^NSpid:\s+(.*)$/m.exec(readFileSync(`/proc/${processId}/status`, "utf8")) ?? [];
        return ids.split(/\s+/).at(-1) === String(inner) && readlinkSync(`/proc/${processId}/ns/pid`) === space;
      } catch {
        return false;
      }
    });
};
