import { spawn } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { root } from "../../../scripts/root.ts";
import type { Death, End } from "./deaths.ts";

/** One life of a hub that may die at any time, by itself or by us. */
export interface Life {
  /** Resolves when it says that it is ready, or is dead. */
  readonly ready: Promise<void>;
  /** Resolves when it is dead. */
  readonly dead: Promise<{ readonly signal: NodeJS.Signals | null; readonly printed: string; readonly byUs: boolean }>;
  kill(): void;
}

export interface LifeOptions {
  /** The bundled program. */
  readonly program: string;
  readonly repository: string;
  readonly dataFolder: string;
  readonly httpPort: number;
  readonly agentPort: number;
  /** Where it kills itself. */
  readonly death?: { readonly at: Death; readonly time: number };
}

/** Starts a hub without devices of its own on ports that stay the same from life to life. */
export const startLife = ({ program, repository, dataFolder, httpPort, agentPort, death }: LifeOptions): Life => {
  const ports = ["--port", String(httpPort), "--agent-port", String(agentPort), "--orchestrator-port", "0"];
  const child = spawn(process.execPath, [program, "--repo", repository, "--data", dataFolder, "--no-agent", "--no-simulate", ...ports], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...(death === undefined ? {} : { FOGLINE_DIE_AT: `${death.at}:${death.time}` }) },
  });
  let printed = "";
  let byUs = false;
  const dead: Life["dead"] = new Promise((resolve) => child.once("exit", (_code, signal) => resolve({ signal, printed, byUs })));
  const ready = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        printed += chunk.toString();
        if (printed.includes('"ready": true')) resolve();
      });
    }
    void dead.then(() => resolve());
  });
  const kill = (): void => {
    // False when it is dead already.
    byUs = child.exitCode === null && child.signalCode === null && child.kill("SIGKILL");
  };
  return { ready, dead, kill };
};

/** Lives a life until its end, or until `patienceMs` after it was ready when it does not reach its place. Resolves with whether it did. */
export const liveUntil = async (end: End, options: LifeOptions, patienceMs: number): Promise<boolean> => {
  const life = startLife({ ...options, ...("at" in end ? { death: end } : {}) });
  const over = new AbortController();
  const outlast = async (): Promise<void> => {
    if ("at" in end || end.since === "ready") await life.ready;
    await pause("at" in end ? patienceMs : end.afterMs, undefined, { signal: over.signal });
    life.kill();
  };
  const outlasted = outlast().catch(() => undefined);
  const { signal, printed, byUs } = await life.dead;
  over.abort();
  await outlasted;
  if (signal !== "SIGKILL") throw new Error(`a hub that should have been killed ended by itself:\n${printed}`);
  return !byUs;
};
