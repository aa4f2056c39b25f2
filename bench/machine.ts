import { execFileSync } from "node:child_process";
import { cpus, loadavg, release, totalmem } from "node:os";
import { root } from "../scripts/root.ts";

/** Above this load average a machine of two cores is busy with other things, and a result is marked. */
export const quietLoad = 2;

/** The load average of the last minute. */
export const load = (): number => loadavg()[0] ?? 0;

const git = (...args: string[]): string => {
  try {
    return execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return "";
  }
};

/** What a figure is worth nothing without, as lines of text. */
export const machineLines = (): string[] => {
  const changed = git("status", "--porcelain", "--untracked-files=no") === "" ? "" : ", with changes that are not committed";
  return [
    `date      ${new Date().toISOString()}`,
    `machine   ${cpus().length} x ${cpus()[0]?.model.trim()}, ${(totalmem() / 1e9).toFixed(1)} GB, Linux ${release()}, ${process.arch}`,
    `versions  Node ${process.versions.node} (V8 ${process.versions.v8}), commit ${git("rev-parse", "--short=12", "HEAD") || "unknown"}${changed}`,
    `load      ${loadavg()
      .map((value) => value.toFixed(2))
      .join(" ")} before the first run`,
  ];
};
