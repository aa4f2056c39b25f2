import { join } from "node:path";
import { findAnsible, linkCollection } from "@fogline/ansible";
import type { Finding } from "@fogline/findings";
import type { Fleet } from "@fogline/fleet";
import { knownHostsPath } from "@fogline/gitops";
import type { Worktree } from "@fogline/worktree";
import { runDevice } from "./bootstrap/device-run.ts";
import { deviceTools } from "./bootstrap/device-tools.ts";
import { lockBootstrap } from "./bootstrap/lock.ts";
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

/** What a playbook did on one machine after another. */
export interface PlayedInTurn {
  readonly done: readonly string[];
  /** Why it ended before the last of them. */
  readonly findings: readonly Finding[];
}

/** Runs one playbook on machines in turn, and ends with the first that fails. */
export const playInTurn = async (
  { line }: Context["output"],
  play: Plays["play"],
  playbook: string,
  machines: readonly { readonly device: string; readonly variables?: object }[],
): Promise<PlayedInTurn> => {
  const done: string[] = [];
  for (const { device, variables = {} } of machines) {
    line(`${device}  ...`);
    const findings = await play(playbook, device, variables);
    if (findings.length > 0) return { done, findings };
    done.push(device);
  }
  return { done, findings: [] };
};

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
    const situation = {
      ...{ worktree, fleet, installation, secrets, logFolder: folder },
      collections: linkCollection(join(folder, "collections"), installation),
      knownHostsText: (await worktree.file(knownHostsPath)) ?? "",
    };
    const play: Plays["play"] = async (playbook, id, variables) => {
      const device = fleet.devices.find((one) => one.id === id);
      if (device === undefined) throw new Error(`the fleet has no ${id}`);
      const tools = {
        ...deviceTools(situation, device, { playbook, tags, skipTags: [], check }),
        variablesOf: async () => variables,
        onStart: () => undefined,
        onEvent: () => undefined,
      };
      return (await runDevice(id, tools, stop.signal)).findings;
    };
    return await use({ folder, signal: stop.signal, play });
  } finally {
    stop.forget();
    secrets.removeAll();
    unlock();
  }
};
