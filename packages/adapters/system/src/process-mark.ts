import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { platform } from "node:os";

/** A process that is known again though another may have its number by then. */
export interface ProcessMark {
  readonly pid: number;
  /** When it began, as this system says it. */
  readonly began: string;
}

/** Field 22 of /proc/<pid>/stat, counted behind the name, which may hold anything; with the boot that its clock began at. */
const beganOnLinux = (pid: number): string => {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // A zombie runs nothing any more.
  if (fields[0] === "Z" || fields[0] === "X") throw new Error(`${pid} has ended`);
  return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${fields[19]}`;
};

const beganOf = (pid: number): string | undefined => {
  try {
    if (platform() === "linux") return beganOnLinux(pid);
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
};

/** The mark of a process that runs; undefined where there is none of that number. */
export const findMark = (pid: number): ProcessMark | undefined => {
  const began = beganOf(pid);
  return began === undefined ? undefined : { pid, began };
};

/** The mark of a process that runs. Throws where there is none of that number. */
export const markOf = (pid: number): ProcessMark => {
  const mark = findMark(pid);
  if (mark === undefined) throw new Error(`there is no process ${pid}`);
  return mark;
};

/** Whether that very process still runs. */
export const runs = ({ pid, began }: ProcessMark): boolean => beganOf(pid) === began;

/** Sends a signal to that very process; does nothing where it has ended. */
export const signal = (mark: ProcessMark, name: NodeJS.Signals): void => {
  if (!runs(mark)) return;
  try {
    process.kill(mark.pid, name);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "ESRCH") throw thrown;
  }
};
