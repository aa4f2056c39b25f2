import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { needTool } from "./tools.ts";

/** A program of a cluster that runs. */
export interface Program {
  readonly name: string;
  readonly pid: number;
  /** Where it writes what it says. */
  readonly log: string;
  /** Whether it ended by itself. */
  exited(): boolean;
  /** Ends it, by `signal` at first and by force after ten seconds. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const graceMs = 10_000;

/** A small disk that a program alone sees, gone when the program is. */
export interface Disk {
  readonly path: string;
  readonly bytes: number;
}

/** The command before a program that gives it its disk; needs root. */
const withDisk = (disk: Disk | undefined): string[] =>
  disk === undefined ? [] : ["unshare", "--mount", "sh", "-c", `mount -t tmpfs -o size=${disk.bytes} disk "$0" && exec "$@"`, disk.path];

/**
 * Starts one of the programs that `npm run tools` builds. The kernel ends it when this process ends, however that happens, so that nothing of a
 * cluster outlives who started it. Throws FL4181 when it was not built.
 */
export const startProgram = (
  folder: string,
  name: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  disk?: Disk,
): Program => {
  const path = needTool(name);
  const log = join(folder, `${name}.log`);
  const { PATH = "", HOME = "" } = process.env;
  const child: ChildProcess = spawn("setpriv", ["--pdeathsig", "KILL", "--", ...withDisk(disk), path, ...args], {
    env: { PATH, HOME, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (child.pid === undefined) throw new Error(`${name} did not start`);
  const out = createWriteStream(log, { flags: "a" });
  child.stdout?.pipe(out, { end: false });
  child.stderr?.pipe(out, { end: false });
  const ended = once(child, "close").then(() => out.end());
  return {
    name,
    pid: child.pid,
    log,
    exited: () => child.exitCode !== null || child.signalCode !== null,
    stop: async (signal = "SIGTERM") => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      const force = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await ended;
      clearTimeout(force);
    },
  };
};

/** Ports of the loopback that nobody listens on now. */
export const freePorts = async (count: number): Promise<number[]> => {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
};
