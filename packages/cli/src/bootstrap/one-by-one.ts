import { join } from "node:path";
import { findAnsible, hostKeysOf, identityOf, linkCollection, ownerOf } from "@fogline/ansible";
import type { Device, Fleet } from "@fogline/fleet";
import { inventoryPath, knownHostsPath } from "@fogline/gitops";
import type { Worktree } from "@fogline/worktree";
import type { Context } from "../context.ts";
import { type DeviceOutcome, type DeviceRunTools, runDevice } from "./device-run.ts";
import { refuseStaleFiles } from "./generated.ts";
import { lockBootstrap } from "./lock.ts";
import { sshTargetOf } from "./look.ts";
import { runName } from "./run-name.ts";
import { type DeviceVariables, makeSecretFolder } from "./secret-files.ts";
import { stopOnSignals } from "./stop-on-signals.ts";

/** A playbook for machines that are set up, and the machines in their order. */
export interface OneByOne {
  readonly playbook: "rotate-wireguard" | "upgrade";
  readonly devices: readonly Device[];
  readonly tags: readonly string[];
  readonly check: boolean;
  readonly variables: DeviceVariables;
}

/** How far it came. */
export interface Carried {
  readonly done: readonly string[];
  /** The machine that ended it; absent where all are done. */
  readonly failed?: { readonly device: string } & DeviceOutcome;
  /** Where the logs are. */
  readonly folder: string;
}

/**
 * Runs a playbook on one machine after another, and ends with the first that fails, so that no other one follows it. Throws before anything has changed:
 * FL4092 where the machines would not get what the fleet renders, FL4095 while another run goes on.
 */
export const playOneByOne = async (
  context: Context,
  { worktree, fleet }: { readonly worktree: Worktree; readonly fleet: Fleet },
  { playbook, devices, tags, check, variables }: OneByOne,
): Promise<Carried> => {
  await refuseStaleFiles(worktree, fleet, devices);
  const above = join(context.dataFolder, "bootstrap");
  const unlock = lockBootstrap(above);
  const folder = join(above, `${runName(context.clock.now())}-${playbook}`);
  const secrets = makeSecretFolder(context.environment);
  const stop = stopOnSignals();
  try {
    const installation = await findAnsible();
    const knownHostsText = (await worktree.file(knownHostsPath)) ?? "";
    const toolsFor = (device: Device): DeviceRunTools => ({
      playbook: {
        ...{ installation, collections: linkCollection(join(above, "collections"), installation), playbook, tags, skipTags: [], check },
        ...{ inventory: join(worktree.root, inventoryPath), owner: ownerOf(identityOf(process.pid)), temporaryFolder: join(folder, "tmp") },
        // Short, since the path of a socket has 107 characters at most.
        socketFolder: join(secrets.path, "ssh"),
      },
      files: { logFile: join(folder, `${device.id}.log`), eventsFile: join(folder, `${device.id}.events`) },
      target: sshTargetOf(device, fleet),
      knownFingerprints: hostKeysOf(knownHostsText, device.id).map(({ fingerprint }) => fingerprint),
      secrets,
      variablesOf: async () => variables,
      onStart: () => undefined,
      onEvent: () => undefined,
    });
    const done: string[] = [];
    for (const device of devices) {
      context.output.line(`${device.id}  ...`);
      const outcome = await runDevice(device.id, toolsFor(device), stop.signal);
      if (outcome.standing !== "done") return { done, failed: { device: device.id, ...outcome }, folder };
      done.push(device.id);
    }
    return { done, folder };
  } finally {
    stop.forget();
    secrets.removeAll();
    unlock();
  }
};
