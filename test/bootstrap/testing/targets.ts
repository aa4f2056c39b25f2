/**
 * Targets: machines to be provisioned, each a container with systemd and SSH of its own under systemd-nspawn, on one bridge. The suite runs in a network
 * and mount namespace of its own, so bridges, addresses and mounts are nobody else's and end with it.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { baseFolder, packagesFolder } from "./base.ts";

export interface TargetSpec {
  /** Its host name, such as pi-1. */
  readonly name: string;
  /** Its IPv4 address, of 10.0.0.0/8: that of the device in the fleet file. */
  readonly address: string;
  /** A folder whose `proc`, `sys` is shown as a kernel would, and the rest laid into the target before it boots: see fixtures/boards. */
  readonly board?: string;
  /** Text of files that lie in the target before it boots, by absolute path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Further arguments of systemd-nspawn, such as `--bind=/dev/net/tun`. */
  readonly nspawn?: readonly string[];
  /** For a machine as it comes out of its box, with no user, key, name or address: lays into its root file system what it boots with, see blank.ts. */
  readonly blank?: (root: string) => Promise<void>;
}

export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One running target. */
export interface Target {
  readonly name: string;
  readonly address: string;
  /** The private key with which the user `fogline` signs in. */
  readonly identityFile: string;
  /** The public host key that the target has when it has booted first, as a line of known_hosts has it behind the name. */
  readonly hostKey: string;
  /** Its root file system, as the host sees it. */
  readonly root: string;
  /** Its first process, as the host numbers it. */
  readonly leader: () => number;
  /** Runs a shell script as root inside, past SSH and Ansible: what an independent probe asks. */
  readonly run: (script: string) => Answer;
  /** As `run`, and fails where the script does. */
  readonly ask: (script: string) => string;
  /** Text of a file inside; undefined where there is none. */
  readonly read: (path: string) => string | undefined;
  /** Cuts its power, as far as that can be had: every process inside is killed at once. */
  readonly kill: () => Promise<void>;
  /** Starts it again after `kill`; waits until SSH answers. */
  readonly start: () => Promise<void>;
}

const bridge = "fog0";
/** The address of this machine in the network of the targets. */
export const hostAddress = "10.0.0.254";
const bootTimeoutMs = 240_000;
/** SSH answers before it lets anybody in but root. The unit that does fails now and then where several systems boot on one kernel at once. */
const letsUsersIn =
  "test ! -e /run/nologin || { unit=systemd-user-sessions; systemctl is-failed -q $unit && systemctl reset-failed $unit && systemctl start $unit; false; }";
/** How systemd-nspawn ends when what it ran wants to boot again; with --keep-unit that is left to whoever started it. */
const rebooted = 133;

const ip = (...args: readonly string[]): void => void execFileSync("ip", args, { stdio: "pipe" });

/** The bridge that all targets are on; this machine is on it too, and knows no way elsewhere. */
export const layBridge = (): void => {
  if (spawnSync("ip", ["link", "show", bridge]).status === 0) return;
  ip("link", "add", bridge, "type", "bridge");
  ip("address", "add", `${hostAddress}/8`, "dev", bridge);
  ip("link", "set", bridge, "up");
};

const until = async (what: string, holds: () => boolean | Promise<boolean>, log: () => string = () => ""): Promise<void> => {
  const end = Date.now() + bootTimeoutMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`${what} did not happen within ${bootTimeoutMs / 1000} s${log()}`);
    await after(100);
  }
};

const childrenOf = (pid: number): number[] => {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
};

/** Makes a key pair of SSH; answers the public key. */
export const keyPair = (path: string): string => {
  mkdirSync(dirname(path), { recursive: true });
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path]);
  return readFileSync(`${path}.pub`, "utf8").trim();
};

/** A card's address, in the words of systemd-networkd. */
export const cardFile = (card: string, address: string): string =>
  `[Match]\nName=${card}\n\n[Network]\nAddress=${address}/8\nGateway=${hostAddress}\n`;

/** What an image for this one machine would have in it. */
const imageOf = ({ name, address }: TargetSpec, login: string): Readonly<Record<string, string>> => ({
  "/etc/hostname": `${name}\n`,
  "/etc/hosts": `127.0.0.1 localhost\n127.0.1.1 ${name}\n`,
  "/etc/systemd/network/10-host0.network": cardFile("host0", address),
  "/home/fogline/.ssh/authorized_keys": `${login}\n`,
});

const layFiles = async (root: string, spec: TargetSpec, login: string): Promise<void> => {
  const { board, blank, files = {} } = spec;
  const all = { ...(blank === undefined ? imageOf(spec, login) : {}), ...files };
  if (board !== undefined) {
    for (const part of readdirSync(board))
      cpSync(join(board, part), join(root, part === "proc" || part === "sys" ? "srv/board" : "", part), { recursive: true, dereference: true });
  }
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  if (blank === undefined) {
    keyPair(join(root, "etc/ssh/ssh_host_ed25519_key"));
    execFileSync("chroot", [root, "chown", "-R", "fogline:fogline", "/home/fogline"]);
  } else await blank(root);
};

/** The network of a target: systemd-nspawn's own card on the bridge, or for a blank machine a card that is named as a board's. */
const networkArguments = ({ name, blank }: TargetSpec): readonly string[] =>
  blank === undefined ? [`--network-bridge=${bridge}`] : ["--private-network", `--network-veth-extra=vb-${name}:eth0`];

/** Boots one target: an overlay above the common base, so that nothing is copied. */
const startTarget = async (place: string, spec: TargetSpec, identityFile: string): Promise<Target & { stop: () => Promise<void> }> => {
  const { name, address } = spec;
  const root = join(place, name, "root");
  for (const part of ["root", "upper", "work"]) mkdirSync(join(place, name, part), { recursive: true });
  const layers = `lowerdir=${baseFolder},upperdir=${join(place, name, "upper")},workdir=${join(place, name, "work")}`;
  execFileSync("mount", ["-t", "overlay", "overlay", "-o", layers, root]);
  await layFiles(root, spec, readFileSync(`${identityFile}.pub`, "utf8").trim());
  let nspawn: ChildProcess | undefined;
  let log = "";
  let off = false;
  /** The target's own first process: nspawn's grandchild. */
  const leader = (): number => childrenOf(nspawn?.pid ?? 0).at(-1) ?? 0;
  const run = (script: string): Answer => {
    const { status, stdout, stderr } = spawnSync("nsenter", ["--target", String(leader()), "--all", "--", "/bin/bash", "-c", script], {
      encoding: "utf8",
    });
    return { code: status ?? 1, stdout, stderr };
  };
  const start = async (): Promise<void> => {
    const fixed = [
      "--pdeathsig",
      "KILL",
      "--",
      "systemd-nspawn",
      "--quiet",
      "--boot",
      "--register=no",
      "--keep-unit",
      "--console=pipe",
      "--settings=no",
    ];
    const own = [`--directory=${root}`, `--machine=${name}`, ...networkArguments(spec), `--bind-ro=${packagesFolder}:/srv/packages`];
    log = "";
    off = false;
    nspawn = spawn("setpriv", [...fixed, ...own, ...(spec.nspawn ?? [])], { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [nspawn.stdout, nspawn.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => (log = `${log}${text}`.slice(-8_000)));
    const child = nspawn;
    child.once("exit", (code) => {
      if (code === rebooted) void start();
    });
    const answers = (): boolean => {
      // It was ended meanwhile, or has booted again and somebody else waits for that.
      if (off || child !== nspawn) return true;
      if (child.exitCode !== null) throw new Error(`systemd-nspawn ended: ${log}`);
      if (spec.blank !== undefined) spawnSync("ip", ["link", "set", `vb-${name}`, "master", bridge, "up"]);
      if (leader() === 0) return false;
      const { stdout } = spawnSync("ssh-keyscan", ["-T", "1", "-t", "ed25519", address], { encoding: "utf8" });
      return stdout.includes("ssh-ed25519") && run(letsUsersIn).code === 0;
    };
    await until(
      `${name} booting`,
      answers,
      () => `: ${log}${run("ip -br address; systemctl --failed; systemctl list-jobs; journalctl --no-pager -n 50").stdout}`,
    );
  };
  const kill = async (): Promise<void> => {
    const child = nspawn;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    off = true;
    child.removeAllListeners("exit");
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const first = leader();
    if (first !== 0) process.kill(first, "SIGKILL");
    child.kill("SIGKILL");
    await ended;
    // Its interface on the bridge goes with its network namespace, which the kernel takes apart a moment later.
    await until(`${name} ending`, () => spawnSync("ip", ["link", "show", `vb-${name}`]).status !== 0);
  };
  await start();
  return {
    name,
    address,
    identityFile,
    hostKey: readFileSync(join(root, "etc/ssh/ssh_host_ed25519_key.pub"), "utf8").split(" ").slice(0, 2).join(" ").trim(),
    root,
    leader,
    run,
    ask: (script) => {
      const answer = run(script);
      if (answer.code !== 0) throw new Error(`${name}: ${script} ended with ${answer.code}: ${answer.stderr}${answer.stdout}`);
      return answer.stdout;
    },
    read: (path) => {
      const answer = run(`cat -- '${path}'`);
      return answer.code === 0 ? answer.stdout : undefined;
    },
    kill,
    start,
    stop: async () => {
      await kill();
      spawnSync("umount", ["--lazy", root]);
    },
  };
};

/** Targets that run together, and the folder with their login and host keys. */
export interface Targets {
  readonly all: readonly Target[];
  readonly get: (name: string) => Target;
  /** known_hosts of all of them. */
  readonly knownHosts: string;
  readonly identityFile: string;
  readonly stop: () => Promise<void>;
}

/** Boots targets, several at once, and waits until each answers by SSH. */
export const startTargets = async (specs: readonly TargetSpec[], atOnce = 4): Promise<Targets> => {
  if (!existsSync(baseFolder)) throw new Error("the targets' system is not made. fix: sh bin/node24 test/bootstrap/testing/base.ts");
  layBridge();
  const place = mkdtempSync(join(tmpdir(), "fogline-targets-"));
  const identityFile = join(place, "login");
  keyPair(identityFile);
  const started: Awaited<ReturnType<typeof startTarget>>[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((target) => target.stop()));
    // The kernel lets go of a mount a moment after it was told to.
    rmSync(place, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  };
  const waiting = [...specs];
  const lane = async (): Promise<void> => {
    for (let spec = waiting.shift(); spec !== undefined; spec = waiting.shift()) started.push(await startTarget(place, spec, identityFile));
  };
  const lanes = await Promise.allSettled(Array.from({ length: atOnce }, lane));
  const failed = lanes.find((one) => one.status === "rejected");
  if (failed !== undefined) {
    // What went wrong first is what counts.
    await stop().catch(() => undefined);
    throw failed.reason;
  }
  const knownHosts = join(place, "known_hosts");
  writeFileSync(knownHosts, started.map(({ name, address, hostKey }) => `${name},${address} ${hostKey}\n`).join(""));
  const get = (name: string): Target => {
    const found = started.find((target) => target.name === name);
    if (found === undefined) throw new Error(`no target ${name}`);
    return found;
  };
  return { all: started, get, knownHosts, identityFile, stop };
};
