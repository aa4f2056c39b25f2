/** Runs a command to its end, with what it took. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../scripts/root.ts";
import { childrenProcessorMs } from "./process-facts.ts";

/** What a command took and said. */
interface Ran {
  readonly printed: string;
  readonly seconds: number;
  /** Of the command and every process that it waited for. */
  readonly processorSeconds: number;
}

/** Runs a command and answers what it printed. Rejects with what it said when it ends with anything but 0. Not for two at once: see processorSeconds. */
export const runCommand = async (program: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ran> => {
  const before = childrenProcessorMs();
  const started = performance.now();
  const child = spawn(program, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...environment } });
  const chunks: Buffer[] = [];
  const wrong: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => wrong.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  const seconds = (performance.now() - started) / 1_000;
  const printed = Buffer.concat(chunks).toString();
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${code}:\n${Buffer.concat(wrong)}${printed.slice(-2_000)}`);
  return { printed, seconds, processorSeconds: (childrenProcessorMs() - before) / 1_000 };
};

/** `fogline` as `npm run` starts it, with the most memory that it held. */
export const runFogline = async (
  args: readonly string[],
  nodeOptions: readonly string[] = [],
): Promise<Ran & { readonly peakMemoryBytes: number }> => {
  const folder = mkdtempSync(join(tmpdir(), "fogline-bench-peak-"));
  const peak = join(folder, "bytes");
  try {
    const own = ["--import", join(root, "bench/peak-memory.ts"), ...nodeOptions, join(root, "packages/cli/src/main.ts")];
    const ran = await runCommand("sh", [join(root, "bin/node24"), ...own, ...args], { FOGLINE_PEAK_MEMORY: peak });
    return { ...ran, peakMemoryBytes: Number(readFileSync(peak, "utf8")) };
  } finally {
    rmSync(folder, { recursive: true });
  }
};
