import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { endGroup } from "@fogline/ansible";
import { FoglineError } from "@fogline/findings";
import { lockFile, runs } from "@fogline/system";
import { type BootstrapState, readState, writeState } from "./state.ts";

/** How long a process group of an ended run may take to end, longer than the grace it is given. */
const END_MS_MAX = 10_000;
const LOOK_MS = 100;

/** Takes the folder for this process; answers how to give it back. Throws FL4095 while another process has it. */
export const lockBootstrap = (folder: string): (() => void) => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const held = (pid?: number) =>
    new FoglineError("FL4095", pid === undefined ? `the lock of ${folder} changes hands all the time` : `process ${pid} has ${folder}`);
  return lockFile(join(folder, "lock"), held);
};

/**
 * Puts in order what a run that was killed left behind: its process groups are ended before anything else works on the same machines, its secrets are
 * removed, and its devices are marked as interrupted. Answers the state, undefined before the first run.
 */
export const settleLastRun = async (folder: string): Promise<BootstrapState | undefined> => {
  const state = readState(folder);
  if (state === undefined) return undefined;
  const left = Object.values(state.devices).flatMap(({ standing, group }) =>
    standing === "running" && group !== undefined && runs(group) ? [group] : [],
  );
  for (const { pid } of left) endGroup(pid);
  for (let waited = 0; left.some(runs); waited += LOOK_MS) {
    if (waited >= END_MS_MAX) throw new FoglineError("FL4095", `process ${left.find(runs)?.pid} of the last run does not end`);
    await wait(LOOK_MS);
  }
  if (state.secretsFolder !== undefined) rmSync(state.secretsFolder, { recursive: true, force: true });
  const { secretsFolder: _removed, ...rest } = state;
  const settled: BootstrapState = {
    ...rest,
    devices: Object.fromEntries(
      Object.entries(state.devices).map(([id, { group: _ended, ...device }]) => [
        id,
        device.standing === "running" ? { ...device, standing: "interrupted" } : device,
      ]),
    ),
  };
  writeState(folder, settled);
  return settled;
};
