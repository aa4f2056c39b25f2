import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, connect as openSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** A NATS server of this process's own, on a free port of the loopback; nothing is kept. For tests and benchmarks. */
export interface PrivateNats {
  readonly port: number;
  /** `nats://127.0.0.1:<port>`, without a login. */
  readonly url: string;
  /** Kills it at once, as a machine that goes away does. */
  kill(): Promise<void>;
  /** Starts it again on the same port. */
  start(): Promise<void>;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

const program = process.env.FOGLINE_NATS_SERVER ?? fileURLToPath(new URL("../../../../.cache/tools/nats-server", import.meta.url));
const readyTriesMax = 400;
const againMs = 25;

/** `npm run tools` builds it. */
export const hasNats = existsSync(program);

/** For the name of a suite, so that the report tells when it did not run. */
export const natsNote = hasNats ? "" : " (skipped: no nats-server; `npm run tools` builds it)";

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (address === null || typeof address === "string" ? reject(new Error("no port")) : resolve(address.port)));
    });
  });

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = openSocket(port, "127.0.0.1");
    const end = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.once("data", () => end(true));
    socket.once("error", () => end(false));
    socket.once("close", () => end(false));
  });

/** Ends the server when standard input closes, which also happens when this process is killed. */
const guard = 'exec 3<&0; "$@" </dev/null & server=$!; read -r _ <&3; kill -KILL $server; wait $server';

/** Starts a server with `configuration`, in the server's own language, beside the port. */
export const startPrivateNats = async (configuration = ""): Promise<PrivateNats> => {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "fogline-nats-"));
  const file = join(folder, "nats.conf");
  writeFileSync(file, `listen: 127.0.0.1:${port}\n${configuration}\n`);
  let server: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const started = spawn("/bin/sh", ["-c", guard, "sh", program, "-c", file], { stdio: ["pipe", "ignore", "pipe"] });
    let said = "";
    started.stderr?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    server = started;
    for (let tries = 1; !(await answers(port)); tries++) {
      if (tries >= readyTriesMax) throw new Error(`the NATS server does not answer:\n${said}`);
      await sleep(againMs);
    }
  };
  const kill = async (): Promise<void> => {
    const ending = server;
    server = undefined;
    if (ending === undefined) return;
    const ended = once(ending, "exit");
    ending.stdin?.end();
    await ended;
  };
  await start();
  return {
    port,
    url: `nats://127.0.0.1:${port}`,
    kill,
    start,
    stop: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
