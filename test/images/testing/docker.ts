import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { findTool } from "../../../scripts/tools.ts";
import { eventually } from "../../system/testing/eventually.ts";

/** How a command of docker ended. */
export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A docker of its own, which knows nothing of another on this machine. */
export interface Docker {
  /** Runs a command of the docker client; never rejects. */
  run(...args: string[]): Promise<Said>;
  /** Its standard output. Rejects with what it said where it fails. */
  output(...args: string[]): Promise<string>;
  /** What a program needs in its environment to find this docker, and Docker Compose where it is built. */
  readonly environment: { readonly DOCKER_HOST: string; readonly DOCKER_CONFIG: string };
  /** Remembers a login, as `docker login` does. */
  login(host: string, login: { readonly username: string; readonly password: string }): void;
  stop(): Promise<void>;
}

const run = promisify(execFile);

const mountsBelow = (folder: string): string[] =>
  readFileSync("/proc/mounts", "utf8")
    .split("\n")
    .flatMap((line) => line.split(" ")[1] ?? [])
    .filter((path) => path.startsWith(`${folder}/`));

/** `network`: "none" for containers that share the network of this machine, or of each other, or have none; "bridge" for networks as Docker makes them, in the namespace of this process. */
export interface DockerOptions {
  readonly network?: "none" | "bridge";
}

/** Starts dockerd below a folder of its own. The kernel ends it when this process ends. */
export const startDocker = async ({ network = "none" }: DockerOptions = {}): Promise<Docker> => {
  // A path of a socket has 108 characters at most.
  const folder = mkdtempSync(join(tmpdir(), "fogline-docker-"));
  const socket = `unix://${join(folder, "docker.sock")}`;
  const log = createWriteStream(join(folder, "dockerd.log"));
  const places = ["--data-root", join(folder, "data"), "--exec-root", join(folder, "exec"), "--pidfile", join(folder, "docker.pid")];
  const daemon = spawn(
    "setpriv",
    [
      "--pdeathsig",
      "TERM",
      "--",
      "dockerd",
      "--host",
      socket,
      ...places,
      "--config-file",
      join(folder, "daemon.json"),
      ...(network === "none" ? ["--bridge", "none", "--iptables=false"] : []),
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  writeFileSync(join(folder, "daemon.json"), "{}");
  let printed = "";
  for (const stream of [daemon.stdout, daemon.stderr]) {
    stream.pipe(log, { end: false });
    stream.on("data", (chunk: Buffer) => {
      printed = (printed + chunk.toString()).slice(-4_000);
    });
  }
  const ended = once(daemon, "close");
  const client = async (...args: string[]): Promise<Said> => {
    try {
      const { stdout, stderr } = await run("docker", ["--config", join(folder, "config"), "--host", socket, ...args], { maxBuffer: 2 ** 26 });
      return { code: 0, stdout, stderr };
    } catch (thrown) {
      const { code = 1, stdout = "", stderr = String(thrown) } = thrown as { code?: number | string; stdout?: string; stderr?: string };
      return { code: typeof code === "number" ? code : 1, stdout, stderr };
    }
  };
  await eventually("docker answers", async () => {
    if (daemon.exitCode !== null) throw new Error(`dockerd ended: ${printed}`);
    return (await client("version")).code === 0;
  });
  const compose = findTool("docker-compose");
  if (compose !== undefined) {
    mkdirSync(join(folder, "config/cli-plugins"), { recursive: true });
    symlinkSync(compose, join(folder, "config/cli-plugins/docker-compose"));
  }
  return {
    run: client,
    environment: { DOCKER_HOST: socket, DOCKER_CONFIG: join(folder, "config") },
    output: async (...args) => {
      const { code, stdout, stderr } = await client(...args);
      if (code !== 0) throw new Error(`docker ${args.join(" ")}: ${stderr}`);
      return stdout.trim();
    },
    login: (host, { username, password }) => {
      const auth = Buffer.from(`${username}:${password}`).toString("base64");
      mkdirSync(join(folder, "config"), { recursive: true });
      writeFileSync(join(folder, "config/config.json"), JSON.stringify({ auths: { [host]: { auth } } }), { mode: 0o600 });
    },
    stop: async () => {
      daemon.kill("SIGTERM");
      await ended;
      log.end();
      // It leaves the network namespace of this machine mounted when a container had that.
      for (const path of mountsBelow(folder)) await run("umount", [path]);
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
};
