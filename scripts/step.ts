/** Runs one command of a test run and keeps what it printed. */
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

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    for (const child of running) child.kill(signal);
    process.exitCode = signal === "SIGINT" ? 130 : 143;
  });
}

/** Runs `step` in the repository root. A command that cannot be started is a failed step that says why. */
export const run = async (step: Step): Promise<Outcome> => {
  const began = performance.now();
  const chunks: string[] = [];
  const child = spawn(step.command, step.args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, FORCE_COLOR: "0" } });
  running.add(child);
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => chunks.push(text));
  const passed = await once(child, "close").then(
    ([code]) => code === 0,
    (error: unknown) => {
      chunks.push(`${step.command} did not start: ${String(error)}\n`);
      return false;
    },
  );
  running.delete(child);
  return { name: step.name, passed, seconds: (performance.now() - began) / 1000, output: chunks.join("") };
};

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
