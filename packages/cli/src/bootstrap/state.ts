import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Counts } from "@fogline/ansible";
import { type Finding, FoglineError, textOf } from "@fogline/findings";
import { chosenStages, type StageName } from "@fogline/gitops";
import type { ProcessMark } from "@fogline/system";
import { z } from "zod";

/** How far one device is. `waiting` and `running` in a state that nobody writes any more mean that the run was ended. */
export const deviceStandings = ["waiting", "running", "done", "failed", "blocked", "interrupted"] as const;
export type DeviceStanding = (typeof deviceStandings)[number];

/** What is known of one device of a run. */
export interface DeviceState {
  readonly standing: DeviceStanding;
  readonly startedAtMs?: number;
  readonly endedAtMs?: number;
  /** From the folder of the state. */
  readonly log: string;
  /** The process group that works on it. */
  readonly group?: ProcessMark;
  readonly roles: Readonly<Record<string, Counts>>;
  readonly findings: readonly Finding[];
}

/** What was asked for beside devices, so that --resume asks for the same. */
export interface AskedOptions {
  readonly only?: StageName;
  readonly withoutAgent: boolean;
  /** Where the files of K3s releases are, on this machine. */
  readonly k3sFolder?: string;
  /** The Flux Operator's manifest, where it is not the tested release's. */
  readonly operator?: string;
  /** Paths of empty disks by device. */
  readonly dataDisks: Readonly<Record<string, string>>;
  /** Devices whose K3s, which somebody else installed, is taken over. */
  readonly adopt: readonly string[];
}

/** The last run, whole after every change. */
export interface BootstrapState {
  readonly version: 1;
  /** The name of the run, and of the folder with its logs. */
  readonly run: string;
  readonly startedAtMs: number;
  readonly options: AskedOptions & { readonly check: boolean };
  /** Where secrets lie while it goes on. */
  readonly secretsFolder?: string;
  /** In the order in which they are begun. */
  readonly devices: Readonly<Record<string, DeviceState>>;
}

const count = z.int().min(0);
const counts = z.object({ ok: count, changed: count, skipped: count, failed: count, unreachable: count, ignored: count });
const findingShape = z.looseObject({
  code: z.string(),
  severity: z.enum(["error", "warning", "info"]),
  message: z.string(),
  remedy: z.string().optional(),
});
const shape = z.object({
  version: z.literal(1),
  run: z.string().regex(/^[0-9a-z-]+$/),
  startedAtMs: z.int(),
  options: z.object({
    only: z.enum(chosenStages).optional(),
    withoutAgent: z.boolean(),
    k3sFolder: z.string().optional(),
    operator: z.string().optional(),
    dataDisks: z.record(z.string(), z.string()).default({}),
    adopt: z.array(z.string()).default([]),
    check: z.boolean(),
  }),
  secretsFolder: z.string().optional(),
  devices: z.record(
    z.string(),
    z.object({
      standing: z.enum(deviceStandings),
      startedAtMs: z.int().optional(),
      endedAtMs: z.int().optional(),
      log: z.string(),
      group: z.object({ pid: z.int(), began: z.string() }).optional(),
      roles: z.record(z.string(), counts),
      findings: z.array(findingShape),
    }),
  ),
});

const stateFile = (folder: string): string => join(folder, "state.json");

/** The state of the last run; undefined before the first. Throws FL4094 for a file that is not whole. */
export const readState = (folder: string): BootstrapState | undefined => {
  const file = stateFile(folder);
  if (!existsSync(file)) return undefined;
  try {
    return shape.parse(JSON.parse(readFileSync(file, "utf8"))) as BootstrapState;
  } catch (thrown) {
    const why = thrown instanceof z.ZodError ? thrown.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ") : textOf(thrown);
    throw new FoglineError("FL4094", `${file} is not whole: ${why}`, {
      remedy: `Remove ${file} and run it again: what was done already is found on the machines and stays.`,
    });
  }
};

/** Writes the state by renaming, after it is on the disk: whoever reads it, and whenever this process ends, it is whole. */
export const writeState = (folder: string, state: BootstrapState): void => {
  const file = stateFile(folder);
  mkdirSync(dirname(file), { recursive: true });
  const beside = `${file}.${process.pid}`;
  const descriptor = openSync(beside, "w", 0o600);
  try {
    writeSync(descriptor, `${JSON.stringify(state, null, 2)}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(beside, file);
};
