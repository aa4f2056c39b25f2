import { join } from "node:path";
import { findAnsible, hostKeysOf, linkCollection } from "@fogline/ansible";
import type { Finding } from "@fogline/findings";
import type { Fleet } from "@fogline/fleet";
import { inventoryPath, knownHostsPath } from "@fogline/gitops";
import { markOf } from "@fogline/system";
import type { Worktree } from "@fogline/worktree";
import { type DeviceRunTools, runDevice } from "./bootstrap/device-run.ts";
import { lockBootstrap } from "./bootstrap/lock.ts";
import { sshTargetOf } from "./bootstrap/look.ts";
import { runName } from "./bootstrap/run-name.ts";
import { makeSecretFolder } from "./bootstrap/secret-files.ts";
import { stopOnSignals } from "./bootstrap/stop-on-signals.ts";
import type { Context } from "./context.ts";

/** Playbooks that are run over one machine after another. */
export interface PlaysOptions {
  readonly worktree: Worktree;
  readonly fleet: Fleet;
  /** The folder of the data folder that logs are kept in. */
  readonly kept: "mesh-rotations" | "token-rotations" | "upgrades";
  /** Only tasks with one of these; all of them where it is empty. */
  readonly tags: readonly string[];
  /** Changes nothing, and writes to the log what would change. */
  readonly check: boolean;
}

export interface Plays {
  /** Where the log of each machine is. */
  readonly folder: string;
  /** Aborted once a person ends the command: the machine in hand ends its task, and no other follows. */
  readonly signal: AbortSignal;
  /** Runs a playbook, by its name without its ending, on a machine; what went wrong there, nothing where all went well. */
  play(playbook: string, device: string, variables: object): Promise<readonly Finding[]>;
}

/**
 * Has `use` run playbooks over machines of the fleet as a bootstrap does. What ends this process ends what it started. Throws FL4095 while another run works
 * on machines of this fleet.
 */
export const withPlays = async <Result>(
  context: Context,
  { worktree, fleet, kept, tags, check }: PlaysOptions,
  use: (plays: Plays) => Promise<Result>,
): Promise<Result> => {
  const unlock = lockBootstrap(join(context.dataFolder, "bootstrap"));
  const folder = join(context.dataFolder, kept, runName(context.clock.now()));
  const secrets = makeSecretFolder(context.environment);
  const stop = stopOnSignals();
  try {
    const installation = await findAnsible();
    const knownHostsText = (await worktree.file(knownHostsPath)) ?? "";
    const toolsFor = (playbook: string, id: string, variables: object): DeviceRunTools => {
      const device = fleet.devices.find((one) => one.id === id);
      if (device === undefined) throw new Error(`the fleet has no ${id}`);
      return {
        playbook: {
          ...{ installation, collections: linkCollection(join(folder, "collections"), installation), playbook, tags, skipTags: [], check },
          ...{ inventory: join(worktree.root, inventoryPath), owner: markOf(process.pid), temporaryFolder: join(folder, "tmp") },
          // Short, since the path of a socket has 107 characters at most.
          socketFolder: join(secrets.path, "ssh"),
        },
        files: { logFile: join(folder, `${id}.log`), eventsFile: join(folder, `${id}.events`) },
        target: sshTargetOf(device, fleet),
        knownFingerprints: hostKeysOf(knownHostsText, id).map(({ fingerprint }) => fingerprint),
        secrets,
        variablesOf: async () => variables,
        onStart: () => undefined,
        onEvent: () => undefined,
      };
    };
    const play: Plays["play"] = async (playbook, device, variables) => {
      const { findings } = await runDevice(device, toolsFor(playbook, device, variables), stop.signal);
      return findings.map((finding) => ({ ...finding, object: device, place: { file: join(folder, `${device}.log`) } }));
    };
    return await use({ folder, signal: stop.signal, play });
  } finally {
    stop.forget();
    secrets.removeAll();
    unlock();
  }
};
