import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type Finding, FoglineError, textOf } from "@fogline/findings";
import type * as core from "zod/v4/core";
import { loadConfig } from "./config.ts";
import type { Running } from "./shell.ts";

/** What `main.ts` gives of its process. Node's `process` fits. */
export interface MainProcess {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  on(signal: "SIGTERM" | "SIGINT", listener: () => void): unknown;
  exit(code: number): unknown;
}

/** 0: it ran and stopped, or the check found nothing. 1: the check found problems. 3: it could not run. */
export const exitCodes = { fine: 0, problems: 1, couldNotRun: 3 } as const;

/** Keeps a process alive that waits for nothing else but its stop. */
const keepAliveMs = 2 ** 31 - 1;

/**
 * The program of one workload: reads its settings from the environment and from the file that `--config` names, starts it, and stops it at
 * SIGTERM or SIGINT; a second signal ends it at once. `--check-config` only reads the settings. Every problem goes to standard error.
 */
export const runMain = async <S extends core.$ZodType>(
  name: string,
  schema: S,
  start: (config: core.output<S>) => Promise<Running>,
  process: MainProcess,
): Promise<void> => {
  const say = (text: string) => process.stderr.write(`${name}: ${text}\n`);
  const options = optionsOf(process.argv.slice(2));
  if (typeof options === "string") {
    say(options);
    process.exit(exitCodes.couldNotRun);
    return;
  }
  const config = loadConfig(schema, { environment: process.env, ...options.file });
  if (!config.ok) {
    for (const finding of config.failure) say(findingText(finding));
    process.exit(options.checkOnly ? exitCodes.problems : exitCodes.couldNotRun);
    return;
  }
  if (options.checkOnly) {
    process.stdout.write(`${name}: the configuration is valid\n`);
    process.exit(exitCodes.fine);
    return;
  }

  const keepAlive = setInterval(() => {}, keepAliveMs);
  let running: Running | undefined;
  let signals = 0;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      signals += 1;
      if (signals > 1 || running === undefined) process.exit(exitCodes.couldNotRun);
      else void running.stop(signal);
    });
  }
  try {
    running = await start(config.value);
    await running.stopped;
    process.exit(exitCodes.fine);
  } catch (thrown) {
    say(errorText(thrown));
    process.exit(exitCodes.couldNotRun);
  } finally {
    clearInterval(keepAlive);
  }
};

const optionsOf = (args: readonly string[]): { readonly checkOnly: boolean; readonly file: { file?: string; fileName?: string } } | string => {
  try {
    const { values } = parseArgs({ args: [...args], options: { config: { type: "string" }, "check-config": { type: "boolean", default: false } } });
    const file = values.config === undefined ? {} : { file: readFileSync(values.config, "utf8"), fileName: values.config };
    return { checkOnly: values["check-config"], file };
  } catch (thrown) {
    return `${textOf(thrown)}\n  Usage: [--config <file>] [--check-config]`;
  }
};

/** A finding on one line, its remedy on the next. */
export const findingText = ({ code, message, place, value, remedy }: Finding): string => {
  const where = [place?.file, place?.line, place?.path].filter((part) => part !== undefined).join(":");
  return `${code}${where === "" ? "" : ` ${where}`}: ${message}${value === undefined ? "" : ` (it is "${value}")`}${remedy === undefined ? "" : `\n  ${remedy}`}`;
};

const errorText = (thrown: unknown): string =>
  thrown instanceof FoglineError
    ? `${thrown.code}: ${thrown.message}\n  ${thrown.remedy}`
    : `could not run: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`;
