import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";

/** A PostgreSQL of this process's own: no port, no password, nothing kept. For tests and benchmarks. */
export interface PrivateServer {
  /** Gives the URL of a place without tables: a schema of its own, because that takes a hundredth of the time of a database of its own. */
  createSpace(): Promise<string>;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

const versionsFolder = "/usr/lib/postgresql";
/** How often the server is asked whether it is up, every 50 ms. */
const readyTriesMax = 400;
const user = "fogline";

/** The folder with the newest `initdb` and `postgres` that Debian's packages installed; `undefined` when there is none. */
export const postgresBinaries = (): string | undefined => {
  if (!existsSync(versionsFolder)) return undefined;
  const versions = readdirSync(versionsFolder).sort((a, b) => Number(b) - Number(a));
  return versions
    .map((version) => join(versionsFolder, version, "bin"))
    .find((folder) => ["initdb", "postgres"].every((name) => existsSync(join(folder, name))));
};

/** PostgreSQL refuses to run as root: then it runs as `postgres`, or else `nobody`. */
const runAs = (): { uid: number; gid: number } | undefined => {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const account = ["postgres", "nobody"].map((name) => accounts.find(([candidate]) => candidate === name)).find((found) => found !== undefined);
  if (account === undefined) throw new Error("PostgreSQL does not run as root, and there is neither a user postgres nor nobody");
  return { uid: Number(account[2]), gid: Number(account[3]) };
};

const settings = ["listen_addresses=", "fsync=off", "full_page_writes=off", "shared_buffers=16MB", "max_connections=100", "log_min_messages=fatal"];

/** Runs the server until standard input closes, which also happens when this process is killed, and then removes the folder. */
const guard = 'exec 3<&0; folder=$1; shift; "$@" </dev/null & server=$!; read -r _ <&3; kill -INT $server; wait $server; rm -rf "$folder"';

const urlOf = (folder: string): string => `postgresql://${user}@${encodeURIComponent(folder)}/postgres`;

const withClient = async <Value>(folder: string, work: (client: pg.Client) => Promise<Value>): Promise<Value> => {
  const client = new pg.Client({ connectionString: urlOf(folder) });
  client.on("error", () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

const ready = async (folder: string): Promise<void> => {
  for (let tries = 1; ; tries++) {
    try {
      await withClient(folder, (client) => client.query("select 1"));
      return;
    } catch (thrown) {
      if (tries >= readyTriesMax) throw thrown;
      await sleep(50);
    }
  }
};

/** Starts a PostgreSQL from `binaries` in a folder of its own, reachable through a Unix socket in it, without durability. */
export const startPrivateServer = async (binaries: string): Promise<PrivateServer> => {
  const account = runAs();
  const folder = await mkdtemp(join(tmpdir(), "fogline-postgres-"));
  if (account !== undefined) await chown(folder, account.uid, account.gid);
  const data = join(folder, "data");
  const options = { ...account, cwd: folder, env: { PATH: "/usr/bin:/bin", LC_ALL: "C" } };
  await promisify(execFile)(
    join(binaries, "initdb"),
    ["-D", data, "-U", user, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"],
    options,
  );
  const command = [join(binaries, "postgres"), "-D", data, "-k", folder, ...settings.flatMap((setting) => ["-c", setting])];
  const server = spawn("/bin/sh", ["-c", guard, "sh", folder, ...command], { ...options, stdio: ["pipe", "ignore", "ignore"] });
  const ended = once(server, "exit");
  const stop = async () => {
    server.stdin.end();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await ready(folder);
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  let spaces = 0;
  return {
    createSpace: async () => {
      const name = `space_${++spaces}`;
      await withClient(folder, (client) => client.query(`create schema ${name}`));
      return `${urlOf(folder)}?options=${encodeURIComponent(`-c search_path=${name}`)}`;
    },
    stop,
  };
};
