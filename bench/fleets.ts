import { execFileSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../scripts/root.ts";

/** Simulated devices of the shipped fleet. */
export const shippedSimulated = 8;

/** A git repository in `folder` with the shipped fleet and so many more Raspberry Pis that `simulated` devices are simulated, rendered and committed. */
export const makeFleet = (folder: string, simulated: number): void => {
  cpSync(join(root, "clusters"), join(folder, "clusters"), { recursive: true });
  const file = join(folder, "clusters/fleet.yaml");
  const before = readFileSync(file, "utf8");
  const more = simulated > shippedSimulated ? `  more-[1-${simulated - shippedSimulated}]: { site: plant-7, hardware: pi-5-8 }\n` : "";
  const after = before.replace(/^devices:\n/m, (line) => line + more);
  writeFileSync(file, after);
  commitFleet(folder);
};

/** Renders what the fleet file of a folder says and commits everything. */
export const commitFleet = (folder: string): void => {
  execFileSync(process.execPath, [join(root, "packages/cli/src/main.ts"), "--repo", folder, "render"], { stdio: "pipe" });
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=bench", "-c", "user.email=bench@example.org", ...args], { cwd: folder, stdio: "pipe" });
  if (!existsSync(join(folder, ".git"))) git("init", "-q", "-b", "main");
  git("add", "-A");
  git("commit", "-qm", "a fleet to measure");
};
