import { mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type Counts, counted, type PlaybookEvent, type PlaybookRun, runPlaybook, type SshTarget, sshFailure, taskFailure } from "@fogline/ansible";
import { type Finding, textOf } from "@fogline/findings";
import type { SecretFolder } from "./secret-files.ts";

/** How one device ended. */
export interface DeviceOutcome {
  readonly standing: "done" | "failed" | "interrupted";
  readonly roles: Readonly<Record<string, Counts>>;
  readonly findings: readonly Finding[];
}

/** What a device's run needs of the rest. */
export interface DeviceRunTools {
  /** Everything but what differs by device. */
  readonly playbook: Omit<PlaybookRun, "device" | "variableFiles" | "logFile" | "eventsFile">;
  readonly files: { readonly logFile: string; readonly eventsFile: string };
  readonly target: SshTarget;
  readonly knownFingerprints: readonly string[];
  readonly secrets: SecretFolder;
  /** What the device is told, made just before it needs it. Throws with the reason where one that it needs cannot be had. */
  variablesOf(): Promise<object>;
  onStart(processId: number): void;
  onEvent(event: PlaybookEvent, roles: Readonly<Record<string, Counts>>): void;
}

/** How often a machine that stops answering is begun with again, and the pause before each further time. */
const ATTEMPTS_MAX = 3;
const PAUSE_MS = 5_000;

/** Runs the playbook on one device. Never throws: what goes wrong is in its findings, each with the device and its log. */
export const runDevice = async (device: string, tools: DeviceRunTools, signal: AbortSignal): Promise<DeviceOutcome> => {
  const outcome = await attempts(device, tools, signal);
  const about = { object: device, place: { file: tools.files.logFile } };
  return { ...outcome, findings: outcome.findings.map((finding) => ({ ...finding, ...about })) };
};

const attempts = async (device: string, tools: DeviceRunTools, signal: AbortSignal): Promise<DeviceOutcome> => {
  try {
    mkdirSync(dirname(tools.files.logFile), { recursive: true, mode: 0o700 });
    const variables = tools.secrets.write(device, await tools.variablesOf());
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await attemptOnce(device, variables, tools, signal);
      const away = outcome.findings.some(({ code }) => code === "FL4100");
      if (!away || attempt >= ATTEMPTS_MAX || signal.aborted) return outcome;
      await wait(PAUSE_MS * attempt, undefined, { signal }).catch(() => undefined);
    }
  } catch (thrown) {
    return {
      standing: "failed",
      roles: {},
      findings: [{ code: codeOf(thrown), severity: "error", message: `${device}: ${textOf(thrown)}`, ...remedyOf(thrown) }],
    };
  } finally {
    tools.secrets.remove(device);
  }
};

const codeOf = (thrown: unknown): string => (thrown as { code?: string }).code ?? "FL4099";
const remedyOf = (thrown: unknown): { remedy?: string } => {
  const { remedy } = thrown as { remedy?: string };
  return remedy === undefined ? {} : { remedy };
};

const attemptOnce = async (device: string, variables: string, tools: DeviceRunTools, signal: AbortSignal): Promise<DeviceOutcome> => {
  const { playbook, files, target, knownFingerprints } = tools;
  let roles: Readonly<Record<string, Counts>> = {};
  const findings: Finding[] = [];
  const onEvent = (event: PlaybookEvent): void => {
    roles = counted(roles, event);
    if (event.event === "task" && event.outcome === "unreachable") findings.push(sshFailure(target, event.message ?? "", knownFingerprints));
    if (event.event === "task" && event.outcome === "failed") findings.push(...taskFailure({ ...event, device, message: event.message ?? "" }));
    tools.onEvent(event, roles);
  };
  const run = { ...playbook, ...files, device, variableFiles: [variables] };
  const exitCode = await runPlaybook(run, { onEvent, onStart: tools.onStart }, signal);
  if (signal.aborted) {
    const finding: Finding = { code: "FL4097", severity: "error", message: `${device} was interrupted, and is not set up to its end` };
    return { standing: "interrupted", roles, findings: [finding] };
  }
  if (exitCode === 0 && findings.length === 0) return { standing: "done", roles, findings: [] };
  if (findings.length > 0) return { standing: "failed", roles, findings };
  const finding: Finding = {
    code: "FL4099",
    severity: "error",
    message: `${device}: ansible-playbook ended with ${exitCode ?? "a signal"}: ${lastLine(files.logFile)}`,
  };
  return { standing: "failed", roles, findings: [finding] };
};

/** The last thing that Ansible wrote, in which it says what is wrong with the playbook itself. */
const lastLine = (file: string): string => {
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "");
  return lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? "it wrote nothing";
};
