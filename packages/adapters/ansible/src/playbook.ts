import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { $ } from "zx";
import { eventIn, type PlaybookEvent } from "./events.ts";
import { follow } from "./follow.ts";
import type { Installation } from "./installation.ts";

/** One run of a playbook of the collection on one device. */
export interface PlaybookRun {
  readonly installation: Installation;
  /** Where Ansible looks for collections. */
  readonly collections: string;
  /** The name of the playbook without its ending. */
  readonly playbook: string;
  readonly inventory: string;
  readonly device: string;
  /** Only the tasks with one of these tags; all of them where it is empty. */
  readonly tags: readonly string[];
  readonly skipTags: readonly string[];
  /** Changes nothing, and shows what would change. */
  readonly check: boolean;
  /** Files of variables. Secrets are only in them: arguments and environment of a process are seen by others. */
  readonly variableFiles: readonly string[];
  /** All that Ansible writes is appended to it. */
  readonly logFile: string;
  /** Where the events of the run lie afterwards. */
  readonly eventsFile: string;
  /**
   * Where the sockets of shared connections lie, one folder a run. Ansible names them by address alone: another fleet, or another network, may have a
   * machine with the same one, and its connection would be taken for this.
   */
  readonly socketFolder: string;
  /** Where Ansible keeps what it makes of files before it copies them to the machine. A run that is killed leaves them, and there may be a secret among them. */
  readonly temporaryFolder: string;
  /** The process with which the run ends: its number, and when it began, of which the callback plugin takes the ticks of /proc at the end. */
  readonly owner: { readonly pid: number; readonly began: string };
}

export interface PlaybookHandlers {
  onEvent(event: PlaybookEvent): void;
  /** Told once there is a process, which leads a process group of its own. */
  onStart(processId: number): void;
}

/** How often Ansible tries again when a connection breaks, and how long it waits for one. */
const CONNECTION_RETRIES = 3;
const CONNECT_SECONDS = 15;

const environmentOf = (
  { collections, installation, eventsFile, temporaryFolder, socketFolder, owner }: PlaybookRun,
  environment: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv => ({
  ...environment,
  ANSIBLE_CONFIG: join(installation.collection, "ansible.cfg"),
  ANSIBLE_COLLECTIONS_PATH: collections,
  ANSIBLE_CALLBACKS_ENABLED: "fogline.edge.events",
  ANSIBLE_HOST_KEY_CHECKING: "true",
  ANSIBLE_NOCOLOR: "1",
  ANSIBLE_PIPELINING: "true",
  ANSIBLE_SSH_RETRIES: String(CONNECTION_RETRIES),
  ANSIBLE_TIMEOUT: String(CONNECT_SECONDS),
  ANSIBLE_RETRY_FILES_ENABLED: "false",
  ANSIBLE_FORKS: "1",
  // Where npm installed the collection nobody may write.
  ANSIBLE_LOCAL_TEMP: temporaryFolder,
  ANSIBLE_SSH_CONTROL_PATH_DIR: socketFolder,
  FOGLINE_EVENTS: eventsFile,
  FOGLINE_EVENTS_OWNER: `${owner.pid}:${owner.began.split(" ").at(-1)}`,
  // Files that modules leave on the machine while they run are nobody else's.
  LC_ALL: "C.UTF-8",
});

/** Runs the playbook; answers the exit code of Ansible, null where a signal ended it. Aborting the signal ends the whole process group. */
export const runPlaybook = async (run: PlaybookRun, { onEvent, onStart }: PlaybookHandlers, signal: AbortSignal): Promise<number | null> => {
  if (signal.aborted) return null;
  for (const file of [run.logFile, run.eventsFile]) closeSync(openSync(file, "a", 0o600));
  const args = [
    ...["-i", run.inventory, "--limit", run.device],
    ...run.variableFiles.flatMap((file) => ["--extra-vars", `@${file}`]),
    ...(run.tags.length === 0 ? [] : ["--tags", run.tags.join(",")]),
    ...(run.skipTags.length === 0 ? [] : ["--skip-tags", run.skipTags.join(",")]),
    ...(run.check ? ["--check", "--diff"] : []),
    join(run.installation.collection, "playbooks", `${run.playbook}.yml`),
  ];
  const following = follow(run.eventsFile, (line) => {
    const event = eventIn(line);
    if (event !== undefined) onEvent(event);
  });
  // The shell becomes Ansible and writes the log itself, so the log is whole whatever happens to this process.
  const child = $({
    quiet: true,
    nothrow: true,
    detached: true,
    env: environmentOf(run, process.env),
  })`exec ${run.installation.program} ${args} </dev/null >>${run.logFile} 2>&1`;
  if (child.pid !== undefined) onStart(child.pid);
  const end = (): void => endGroup(child.pid);
  signal.addEventListener("abort", end, { once: true });
  try {
    const { exitCode, signal: ended } = await child;
    return ended === null ? exitCode : null;
  } finally {
    signal.removeEventListener("abort", end);
    following.end();
  }
};

/** How long a group has between being asked to end and being ended. */
const GRACE_MS = 3_000;

/** Ends a process group: Ansible cleans up on SIGINT as it does for a person, and what is left after a while is killed. */
export const endGroup = (processId: number | undefined): void => {
  if (processId === undefined) return;
  signalGroup(processId, "SIGINT");
  setTimeout(() => signalGroup(processId, "SIGKILL"), GRACE_MS).unref();
};

const signalGroup = (processId: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-processId, signal);
  } catch {
    // It has ended by itself.
  }
};
