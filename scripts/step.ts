/** Runs commands for the test scripts and ends them when the script is told to end. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { root } from "./root.ts";

/** A command that passes when it exits with 0. */
export interface Step {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** What a step did. `output` is standard output and standard error together. */
export interface Outcome {
  readonly name: string;
  readonly passed: boolean;
  readonly seconds: number;
  readonly output: string;
}

const running = new Set<ChildProcess>();

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  process.once(signal, () => {
    for (const child of running) child.kill(signal);
    process.exit(code);
  });
}

/** Waits for the end of `child`; its exit code, or 1 when a signal ended it. A command that cannot be started is told to `failed`. */
const ended = async (child: ChildProcess, failed: (reason: string) => void): Promise<number> => {
  running.add(child);
  try {
    const [code] = (await once(child, "close")) as [number | null];
    return code ?? 1;
  } catch (error) {
    failed(`${child.spawnfile} did not start: ${String(error)}\n`);
    return 1;
  } finally {
    running.delete(child);
  }
};

/** Runs `step` in the repository root and keeps what it prints. */
export const run = async (step: Step): Promise<Outcome> => {
  const began = performance.now();
  const chunks: string[] = [];
  const child = spawn(step.command, step.args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, NO_COLOR: "1" } });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => chunks.push(text));
  const code = await ended(child, (reason) => chunks.push(reason));
  return { name: step.name, passed: code === 0, seconds: (performance.now() - began) / 1000, output: chunks.join("") };
};

/** Runs a command in the repository root on this terminal; its exit code. */
export const show = (command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<number> =>
  ended(spawn(command, args, { cwd: root, stdio: "inherit", env }), (reason) => process.stderr.write(reason));

/** Runs `steps` in order, at most `lanes` at once, and tells `finished` of each as it ends. */
export const runAll = async (steps: readonly Step[], lanes: number, finished: (outcome: Outcome) => void): Promise<Outcome[]> => {
  const waiting = [...steps];
  const outcomes: Outcome[] = [];
  const lane = async (): Promise<void> => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      const outcome = await run(step);
      outcomes.push(outcome);
      finished(outcome);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return outcomes;
};
