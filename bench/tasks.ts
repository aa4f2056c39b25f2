import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import type { TaskRecord } from "@fogline/contracts";
import { root } from "../scripts/root.ts";
import { type Bench, verify } from "./bench.ts";
import { type Figure, latencies } from "./figures.ts";
import { ask, follow, type HubHttp } from "./hub-http.ts";
import { type HubProgram, startHub, withFolder } from "./programs.ts";

const node = "this-machine";
const warmUp = 20;
const inFlight = [1, 8, 32] as const;
const fromCommandLine = 10;

/** Keeps `width` of something running for a while; answers how long each took, in milliseconds, and how many a minute that is. */
const keptUp = async (what: string, width: number, windowMs: number, one: () => Promise<number>): Promise<Figure[]> => {
  const waits: number[] = [];
  const started = performance.now();
  const worker = async (): Promise<void> => {
    while (performance.now() - started < windowMs) waits.push(await one());
  };
  await Promise.all(Array.from({ length: width }, worker));
  const perMinute = (waits.length / (performance.now() - started)) * 60_000;
  return [...latencies(what, "ms", waits), { what: `${what}: kept up`, unit: "/min", value: perMinute }];
};

/** Tasks whose end the feed told of, and who waits for which. */
class Results {
  readonly #ended = new Map<string, { task: TaskRecord; atMs: number }>();
  readonly #waiting = new Map<string, (ended: { task: TaskRecord; atMs: number }) => void>();

  take(data: string, atMs: number): void {
    const { name, data: changed } = JSON.parse(data) as { name: string; data: { task: TaskRecord } };
    if (name !== "tasks.changed" || changed.task.finishedAtMs === null) return;
    const { id } = changed.task;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (waiting === undefined) this.#ended.set(id, { task: changed.task, atMs });
    else waiting({ task: changed.task, atMs });
  }

  of(id: string): Promise<{ task: TaskRecord; atMs: number }> {
    const ended = this.#ended.get(id);
    this.#ended.delete(id);
    return ended === undefined ? new Promise((resolve) => this.#waiting.set(id, resolve)) : Promise.resolve(ended);
  }
}

/** Submits `true` and waits for its result on the feed. */
const runTask = async (hub: HubHttp, results: Results): Promise<number> => {
  const started = performance.now();
  const { id } = await ask<TaskRecord>(hub, "POST", "/api/tasks", { command: ["true"], node });
  const { task, atMs } = await results.of(id);
  const { outcome, exitCode, node: where } = task.result ?? {};
  verify(
    task.status === "succeeded" && outcome === "exited" && exitCode === 0 && where === node,
    `task ${id} ended as ${task.status}: ${task.reason}`,
  );
  return atMs - started;
};

const runSpawn = async (program: string, args: readonly string[]): Promise<{ ms: number; output: string }> => {
  const started = performance.now();
  const child = spawn(program, args, { cwd: root, stdio: ["ignore", "pipe", "ignore"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [code] = (await once(child, "close")) as [number | null];
  verify(code === 0, `${program} ended with ${code}`);
  return { ms: performance.now() - started, output };
};

/** `fogline task run -- echo <something new>` from its start to its end, answer compared. */
const runCommandLine = async (dataFolder: string): Promise<number> => {
  const said = randomUUID();
  const args = [join(root, "bin/node24"), "packages/cli/src/main.ts", "--data", dataFolder, "task", "run", "--on", node, "--", "echo", said];
  const { ms, output } = await runSpawn("sh", args);
  verify(output === `${said}\n`, `echo ${said} answered ${output}`);
  return ms;
};

const measureHub = async (hub: HubProgram, windowMs: number, dataFolder: string): Promise<Figure[]> => {
  const results = new Results();
  const feed = await follow(hub, "/api/changes", (data, atMs) => results.take(data, atMs));
  for (let count = 0; count < warmUp; count += 1) await runTask(hub, results);
  const figures: Figure[] = [];
  for (const width of inFlight) figures.push(...(await keptUp(`true, ${width} in flight`, width, windowMs, () => runTask(hub, results))));
  feed.close();
  const waits: number[] = [];
  for (let count = 0; count < fromCommandLine; count += 1) waits.push(await runCommandLine(dataFolder));
  return [...figures, ...latencies("fogline task run -- echo, the whole command", "ms", waits)];
};

/** Submission to result, over HTTP from another process. */
export const tasks: Bench = {
  about: "`true` on this machine's agent, from the request that submits it to its result on the feed, over HTTP",
  run: ({ windowMs, say }) =>
    withFolder(async (folder) => {
      const figures: Figure[] = [];
      const dataFolder = join(folder, "data");
      const hub = await startHub({ dataFolder });
      try {
        say("tasks");
        figures.push(...(await measureHub(hub, windowMs, dataFolder)));
      } finally {
        await hub.end();
      }
      say("spawn");
      for (const width of inFlight)
        figures.push(...(await keptUp(`compared: spawn of true, ${width} at once`, width, windowMs, async () => (await runSpawn("true", [])).ms)));
      return figures;
    }),
};
