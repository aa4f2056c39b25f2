import { linkSync, mkdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { endGroup, identityOf, isAlive, type ProcessIdentity } from "@fogline/ansible";
import { FoglineError } from "@fogline/findings";
import { type BootstrapState, readState, writeState } from "./state.ts";

const ATTEMPTS_MAX = 5;
/** How long a process group of an ended run may take to end, longer than the grace it is given. */
const END_MS_MAX = 10_000;
const LOOK_MS = 100;

const holderOf = (path: string): ProcessIdentity => {
  try {
    const [processId = 0, startTicks = 0] = readFileSync(path, "utf8").trim().split(" ").map(Number);
    return { processId, startTicks };
  } catch {
    return { processId: 0, startTicks: 0 };
  }
};

/** Takes the folder for this process; answers how to give it back. Throws FL4095 while another process has it. */
export const lockBootstrap = (folder: string): (() => void) => {
  const path = join(folder, "lock");
  const own = identityOf(process.pid);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    // Written aside and linked: nobody ever sees a lock without its holder.
    const written = `${path}.${process.pid}`;
    writeFileSync(written, `${own.processId} ${own.startTicks}\n`);
    try {
      linkSync(written, path);
      return () => {
        if (holderOf(path).processId === own.processId) rmSync(path, { force: true });
      };
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== "EEXIST") throw thrown;
    } finally {
      unlinkSync(written);
    }
    const holder = holderOf(path);
    if (holder.processId > 0 && isAlive(holder)) throw new FoglineError("FL4095", `process ${holder.processId} has ${folder}`);
    rmSync(path, { force: true });
  }
  throw new FoglineError("FL4095", `the lock of ${folder} changes hands all the time`);
};

/**
 * Puts in order what a run that was killed left behind: its process groups are ended before anything else works on the same machines, its secrets are
 * removed, and its devices are marked as interrupted. Answers the state, undefined before the first run.
 */
export const settleLastRun = async (folder: string): Promise<BootstrapState | undefined> => {
  const state = readState(folder);
  if (state === undefined) return undefined;
  const left = Object.values(state.devices).flatMap(({ standing, group }) =>
    standing === "running" && group !== undefined && isAlive(group) ? [group] : [],
  );
  for (const { processId } of left) endGroup(processId);
  for (let waited = 0; left.some(isAlive); waited += LOOK_MS) {
    if (waited >= END_MS_MAX) throw new FoglineError("FL4095", `process ${left.find(isAlive)?.processId} of the last run does not end`);
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
