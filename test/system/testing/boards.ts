import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { root } from "../../../scripts/root.ts";
import type { Said } from "./cli.ts";

/** A blank board: what its kernel shows, and the address that DHCP would have given it. */
export interface BlankBoard {
  readonly serial: string;
  readonly mac: string;
  readonly model: string;
  readonly memoryKibibytes: number;
  readonly machine: "aarch64" | "x86_64";
  readonly address: string;
}

/** What a network of boards needs of this machine; what is missing, in words. */
export const missingForBoards = (): string | undefined => {
  if (process.getuid?.() !== 0) return "needs root";
  const programs = { "/usr/sbin/avahi-daemon": "avahi-daemon", "/usr/bin/unshare": "util-linux", "/usr/bin/nsenter": "util-linux" };
  const missing = Object.entries(programs).filter(([path]) => !existsSync(path));
  return missing.length === 0 ? undefined : `apt-get install ${[...new Set(missing.map(([, name]) => name))].join(" ")}`;
};

interface CloudConfig {
  readonly write_files: readonly { readonly path: string; readonly content: string; readonly permissions: string }[];
}

/** Lays a board's root down: what its kernel shows, and what its card wrote; then has the card's own program write the announcement. */
const bootBoard = (folder: string, board: BlankBoard, userData: string): void => {
  const at = join(folder, "root");
  const write = (path: string, text: string, mode = 0o644): void => {
    mkdirSync(dirname(join(at, path)), { recursive: true });
    writeFileSync(join(at, path), text, { mode });
  };
  write("proc/device-tree/serial-number", `${board.serial}\0`);
  write("proc/device-tree/model", `${board.model}\0`);
  write("proc/meminfo", `MemTotal:       ${board.memoryKibibytes} kB\nMemFree:        1 kB\n`);
  for (const [card, mac] of [
    ["eth0", board.mac],
    ["wlan0", "02:ff:ff:ff:ff:ff"],
  ] as const) {
    write(`sys/class/net/${card}/type`, "1\n");
    write(`sys/class/net/${card}/address`, `${mac}\n`);
    mkdirSync(join(at, `sys/class/net/${card}/device`));
  }
  write("sys/class/net/lo/type", "772\n");
  mkdirSync(join(at, "etc/avahi"), { recursive: true });
  const { write_files: files } = parse(userData) as CloudConfig;
  for (const { path, content, permissions } of files) write(path, content, Number.parseInt(permissions, 8));
  mkdirSync(join(at, "etc/ssh"), { recursive: true });
  const key = join(at, "etc/ssh/ssh_host_ed25519_key");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  const environment = { ...process.env, FOGLINE_ROOT: at, FOGLINE_MACHINE: board.machine };
  execFileSync("python3", [join(at, "usr/local/lib/fogline/announce")], { env: environment });
  writeFileSync(join(folder, "address"), board.address);
};

/** A network with boards that announce themselves, and a place on it for whoever looks for them. */
export class BoardLan {
  readonly #folder: string;
  readonly #process: ChildProcess;
  readonly #inside: string;

  private constructor(folder: string, process_: ChildProcess, inside: string) {
    this.#folder = folder;
    this.#process = process_;
    this.#inside = inside;
  }

  /** Starts the boards, all from the card that this user-data is on. */
  static async start(boards: readonly BlankBoard[], userData: string): Promise<BoardLan> {
    const folder = mkdtempSync(join(tmpdir(), "fogline-boards-"));
    for (const [index, board] of boards.entries()) {
      // The name of a network card, too.
      const at = join(folder, `board${index}`);
      mkdirSync(at);
      bootBoard(at, board, userData);
    }
    const script = fileURLToPath(new URL("board-lan.sh", import.meta.url));
    // In a process namespace of its own, everything ends with its first process.
    const lan = spawn("unshare", ["--net", "--mount", "--pid", "--mount-proc", "--fork", "--kill-child", "sh", script, folder, ""], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    lan.stderr.on("data", (text) => {
      said += text;
    });
    await Promise.race([
      once(lan.stdout, "data"),
      once(lan, "exit").then(([code]) => Promise.reject(new Error(`the network ended with ${code}: ${said}`))),
    ]);
    const inside = readFileSync(`/proc/${lan.pid}/task/${lan.pid}/children`, "utf8").trim();
    return new BoardLan(folder, lan, inside);
  }

  /** Runs the command on a machine of this network. */
  fogline(args: readonly string[], folder: string): Said {
    const { PATH, HOME } = process.env;
    const program = [process.execPath, join(root, "packages/cli/src/main.ts"), ...args];
    const { status, stdout, stderr } = spawnSync("nsenter", ["--net", "--target", this.#inside, "--", ...program], {
      cwd: folder,
      env: { PATH, HOME },
      encoding: "utf8",
    });
    return { status, stdout, stderr, json: () => JSON.parse(stdout) };
  }

  async stop(): Promise<void> {
    this.#process.kill("SIGKILL");
    if (this.#process.exitCode === null && this.#process.signalCode === null) await once(this.#process, "exit");
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
