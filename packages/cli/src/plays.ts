import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findAnsible, identityOf, linkCollection, ownerOf, type PlaybookEvent, runPlaybook, taskFailure } from "@fogline/ansible";
import type { Finding } from "@fogline/findings";
import { inventoryPath } from "@fogline/gitops";
import type { Context } from "./context.ts";

/** Playbooks that are run over one machine after another. */
export interface PlaysOptions {
  /** The folder of the data folder that logs are kept in. */
  readonly kept: "upgrades" | "token-rotations";
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
  play(playbook: string, device: string, variables: Readonly<Record<string, unknown>>): Promise<readonly Finding[]>;
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Has `use` run playbooks over machines of the fleet. What ends this process ends what it started. */
export const withPlays = async <Result>(
  { dataFolder, repository, clock, environment }: Context,
  { kept, tags, check }: PlaysOptions,
  use: (plays: Plays) => Promise<Result>,
): Promise<Result> => {
  const folder = join(dataFolder, kept, String(clock.now()));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const installation = await findAnsible();
  // Short, since the path of a socket has 107 characters at most.
  const socketFolder = await mkdtemp(join(environment.XDG_RUNTIME_DIR ?? tmpdir(), "fogline-plays-"));
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  for (const name of signals) process.on(name, interrupt);
  const play: Plays["play"] = async (playbook, device, variables) => {
    const file = (ending: string): string => join(folder, `${device}.${ending}`);
    await writeFile(file("json"), JSON.stringify(variables));
    const findings: Finding[] = [];
    const onEvent = (event: PlaybookEvent): void => {
      if (event.event === "task" && (event.outcome === "failed" || event.outcome === "unreachable"))
        findings.push(...taskFailure({ ...event, device, message: event.message ?? "" }));
    };
    const code = await runPlaybook(
      {
        ...{ installation, collections: linkCollection(join(folder, "collections"), installation), playbook, tags, skipTags: [], check },
        ...{ inventory: join(repository, inventoryPath), device, variableFiles: [file("json")], logFile: file("log"), eventsFile: file("events") },
        ...{ socketFolder, temporaryFolder: join(folder, "tmp"), owner: ownerOf(identityOf(process.pid)) },
      },
      { onEvent, onStart: () => undefined },
      stop.signal,
    );
    return ended(device, code, stop.signal.aborted, findings, file("log"));
  };
  try {
    return await use({ folder, signal: stop.signal, play });
  } finally {
    for (const name of signals) process.removeListener(name, interrupt);
    await rm(socketFolder, { recursive: true, force: true });
  }
};

const ended = (device: string, code: number | null, interrupted: boolean, findings: readonly Finding[], log: string): readonly Finding[] => {
  const about = { severity: "error", object: device, place: { file: log } } as const;
  if (interrupted) return [{ code: "FL4097", message: `${device} was interrupted, and is not done with`, remedy: "Run the same again.", ...about }];
  if (findings.length > 0) return findings.map((finding) => ({ ...finding, ...about }));
  if (code === 0) return [];
  return [{ code: "FL4099", message: `${device}: ansible-playbook ended with ${code ?? "a signal"}: ${lastLine(log)}`, ...about }];
};

const lastLine = (file: string): string =>
  readFileSync(file, "utf8")
    .split("\n")
    .findLast((line) => line.trim() !== "") ?? "it wrote nothing";
