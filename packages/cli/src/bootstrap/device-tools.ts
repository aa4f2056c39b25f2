import { join } from "node:path";
import { hostKeysOf, type Installation, type PlaybookRun } from "@fogline/ansible";
import type { Device, Fleet } from "@fogline/fleet";
import { inventoryPath } from "@fogline/gitops";
import { markOf } from "@fogline/system";
import type { Worktree } from "@fogline/worktree";
import type { DeviceRunTools } from "./device-run.ts";
import { sshTargetOf } from "./look.ts";
import type { SecretFolder } from "./secret-files.ts";

/** What is the same for every machine that one command runs playbooks on. */
export interface PlaySituation {
  readonly worktree: Worktree;
  readonly fleet: Fleet;
  /** Holds a log and the events of each machine. */
  readonly logFolder: string;
  readonly installation: Installation;
  readonly collections: string;
  readonly secrets: SecretFolder;
  readonly knownHostsText: string;
}

/** How a playbook is run on a machine, but for what the machine is told and who listens. */
export const deviceTools = (
  { worktree, fleet, logFolder, installation, collections, secrets, knownHostsText }: PlaySituation,
  device: Device,
  play: Pick<PlaybookRun, "playbook" | "tags" | "skipTags" | "check">,
): Omit<DeviceRunTools, "variablesOf" | "onStart" | "onEvent"> => ({
  playbook: {
    ...{ ...play, installation, collections, inventory: join(worktree.root, inventoryPath) },
    ...{ owner: markOf(process.pid), temporaryFolder: join(secrets.path, "ansible"), socketFolder: secrets.socketFolder },
  },
  files: { logFile: join(logFolder, `${device.id}.log`), eventsFile: join(logFolder, `${device.id}.events`) },
  target: sshTargetOf(device, fleet),
  knownFingerprints: hostKeysOf(knownHostsText, device.id).map(({ fingerprint }) => fingerprint),
  secrets,
});
