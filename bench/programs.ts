import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../scripts/root.ts";

/** How long any program may take to get ready. */
const patienceMs = 120_000;

/** A program that said that it is ready. */
export interface Program {
  readonly child: ChildProcess;
  readonly pid: number;
  /** From the call that starts the process to the text that says ready, in milliseconds. */
  readonly readyMs: number;
  /** What it printed until then. */
  readonly printed: string;
  /** Rejects with what it printed when it ends without being told to. */
  readonly died: Promise<never>;
  /** Sends SIGTERM and waits until it is gone. */
  end(): Promise<void>;
}

export interface ProgramOptions {
  readonly command: readonly [program: string, ...args: string[]];
  /** In the output when the program is ready; without it, it is as soon as it has started. */
  readonly ready?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts a program and waits until its output holds the text that says ready. Rejects with what it printed when it ends before. */
export const startProgram = ({ command: [program, ...args], ready, environment }: ProgramOptions): Promise<Program> => {
  const started = performance.now();
  const child = spawn(program, args, {
    cwd: root,
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, npm_lifecycle_event: undefined, ...environment },
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.stdin.on("error", () => undefined);
  return new Promise((resolve, reject) => {
    let printed = "";
    const fail = (reason: string) => {
      child.kill("SIGKILL");
      reject(new Error(`${program} ${args.join(" ").slice(0, 200)} ${reason}:\n${printed}`));
    };
    const timer = setTimeout(() => fail(`was not ready after ${patienceMs} ms`), patienceMs);
    void exited.then(() => fail(`ended with ${child.exitCode ?? child.signalCode}`));
    child.stderr.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
    });
    let ending = false;
    const died = exited.then(() => {
      if (ending) return new Promise<never>(() => undefined);
      throw new Error(`${program} ended with ${child.exitCode ?? child.signalCode}:\n${printed}`);
    });
    died.catch(() => undefined);
    const end = async () => {
      ending = true;
      child.kill("SIGTERM");
      await exited;
    };
    const isReady = () => {
      clearTimeout(timer);
      resolve({ child, pid: child.pid ?? 0, readyMs: performance.now() - started, printed, died, end });
    };
    child.stdout.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
      if (ready !== undefined && printed.includes(ready)) isReady();
    });
    if (ready === undefined) child.once("spawn", isReady);
  });
};

/** A Node program given as text: what something is compared with. It prints `ready` and stays. */
export const startNode = (text: string, environment: Readonly<Record<string, string>> = {}): Promise<Program> =>
  startProgram({ command: [process.execPath, "--input-type=module", "--eval", text], ready: "ready", environment });

/** A folder that is gone after `use`. */
export const withFolder = async <Value>(use: (folder: string) => Promise<Value>): Promise<Value> => {
  const folder = mkdtempSync(join(tmpdir(), "fogline-bench-"));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
};

/** A hub as `npm start` starts it, on free ports. */
export interface HubProgram extends Program {
  readonly url: string;
  readonly token: string;
  readonly online: number;
  readonly declared: number;
}

export interface HubProgramOptions {
  readonly dataFolder: string;
  readonly repository?: string;
  readonly compileCache?: string;
  readonly args?: readonly string[];
}

/** Starts `fogline up` with the shipped settings, but for its ports. */
export const startHub = async ({ dataFolder, repository = root, compileCache, args = [] }: HubProgramOptions): Promise<HubProgram> => {
  const ports = ["--port", "0", "--agent-port", "0", "--orchestrator-port", "0"];
  const program = await startProgram({
    command: [
      "sh",
      join(root, "bin/node24"),
      "--max-semi-space-size=16",
      "packages/cli/src/main.ts",
      "--repo",
      repository,
      "--data",
      dataFolder,
      "up",
      ...ports,
      ...args,
    ],
    ready: "stop    Ctrl-C",
    ...(compileCache === undefined ? {} : { environment: { NODE_COMPILE_CACHE: compileCache } }),
  });
  const [, online, declared] = /(\d+) of (\d+) devices online/.exec(program.printed) ?? [];
  return {
    ...program,
    url: readFileSync(join(dataFolder, "hub.url"), "utf8").trim(),
    token: readFileSync(join(dataFolder, "admin.token"), "utf8").trim(),
    online: Number(online),
    declared: Number(declared),
  };
};
