import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type HubClient, hubClient } from "@fogline/cli";
import { root } from "../../../scripts/root.ts";
import { eventually } from "./eventually.ts";

/** A hub in a process of its own, as `fogline up` runs it. */
export interface HubProcess {
  readonly child: ChildProcess;
  readonly url: string;
  readonly dataFolder: string;
  readonly token: string;
  readonly client: HubClient;
  /** What it printed when it was ready. */
  readonly ready: { readonly devices: { readonly online: number; readonly declared: number }; readonly revision: string };
  /** Everything it printed so far, both streams. */
  output(): string;
  /** Sends a signal and waits for the end; answers the exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface HubProcessOptions {
  readonly repository: string;
  /** A new one unless given; kept, so that a second hub can go on with it. */
  readonly dataFolder?: string;
  readonly args?: readonly string[];
  /** The program and its first arguments; `fogline up` under this Node unless given. */
  readonly command?: readonly [program: string, ...args: string[]];
  readonly environment?: Readonly<Record<string, string>>;
}

export const makeDataFolder = (): string => mkdtempSync(join(tmpdir(), "fogline-data-"));
export const removeDataFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });

/** The admin's token of the hub that has this data folder. */
export const adminTokenIn = (dataFolder: string): string => readFileSync(join(dataFolder, "admin.token"), "utf8").trim();

const main = join(root, "packages/cli/src/main.ts");

/** Starts a hub on free ports and waits until it says that it is ready. Rejects with what it printed when it ends before. */
export const startHubProcess = async (options: HubProcessOptions): Promise<HubProcess> => {
  const dataFolder = options.dataFolder ?? makeDataFolder();
  const [program, ...first] = options.command ?? [process.execPath, main, "up"];
  const args = [
    ...first,
    "--json",
    "--repo",
    options.repository,
    "--data",
    dataFolder,
    "--port",
    "0",
    "--agent-port",
    "0",
    "--orchestrator-port",
    "0",
  ];
  const child = spawn(program, [...args, ...(options.args ?? [])], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, npm_lifecycle_event: undefined, ...options.environment },
  });
  let printed = "";
  let standardOutput = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    standardOutput += chunk.toString();
    printed += chunk.toString();
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  const ready = await eventually("the hub says that it is ready", () => {
    if (child.exitCode !== null) throw new Error(`the hub ended with ${child.exitCode}:\n${printed}`);
    const start = standardOutput.indexOf('{\n  "ready": true');
    const end = standardOutput.indexOf("\n}\n", start);
    return start < 0 || end < 0 ? undefined : (JSON.parse(standardOutput.slice(start, end + 2)) as HubProcess["ready"] & { readonly url: string });
  }).catch((thrown: unknown) => {
    child.kill("SIGKILL");
    throw thrown;
  });
  const token = adminTokenIn(dataFolder);
  return {
    child,
    url: ready.url,
    dataFolder,
    token,
    client: hubClient({ url: ready.url, token }),
    ready,
    output: () => printed,
    end: async (signal = "SIGTERM") => {
      child.kill(signal);
      return ended;
    },
  };
};
