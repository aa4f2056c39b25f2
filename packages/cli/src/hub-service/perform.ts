import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { FoglineError, textOf } from "@fogline/findings";
import type { Machine, Step } from "./plan.ts";

/** How long a program of the system may take: a clone of a large repository takes longest. */
const runMsMax = 600_000;

/** Where the paths of a plan are: of this machine, or of a folder that stands for one, as when an image of a machine is made. */
export interface Target {
  /** "" for this machine. */
  readonly root: string;
}

const isThisMachine = ({ root }: Target): boolean => root === "";

/** What is known of this machine, or of the folder that stands for it. */
export const machineAt = (target: Target): Machine => {
  const at = (path: string): string => target.root + path;
  const read = (path: string): string | undefined => {
    try {
      return readFileSync(at(path), "utf8");
    } catch {
      return undefined;
    }
  };
  return {
    isRoot: process.getuid?.() === 0,
    hasSystemd: existsSync("/run/systemd/system"),
    hasCompose: spawnSync("docker", ["compose", "version"], { stdio: "ignore" }).status === 0,
    users: new Set((read("/etc/passwd") ?? "").split("\n").map((line) => line.split(":", 1)[0] ?? "")),
    exists: (path) => existsSync(at(path)),
    textOf: read,
  };
};

/** Runs a program of the system. Throws FL4064 with what it said. */
const run = (program: string, args: readonly string[], mayFail = false): void => {
  const { status, error, stderr } = spawnSync(program, [...args], { encoding: "utf8", timeout: runMsMax, stdio: ["ignore", "ignore", "pipe"] });
  if (status === 0 || mayFail) return;
  const said = error === undefined ? stderr.trim() : textOf(error);
  throw new FoglineError("FL4064", `\`${[program, ...args].join(" ")}\` failed: ${said || `it ended with ${status}`}`);
};

const idsOf = (owner: string): { uid: number; gid: number } => {
  const id = (flag: string): number => Number(execFileSync("id", [flag, owner], { encoding: "utf8" }).trim());
  return /^\d+$/.test(owner) ? { uid: Number(owner), gid: Number(owner) } : { uid: id("-u"), gid: id("-g") };
};

/** Performs one step. A file that is replaced is kept beside as `<path>.before`. Users and services exist only on this machine. */
export const perform = (step: Step, target: Target): void => executors[step.kind](step as never, target);

const executors: { readonly [Kind in Step["kind"]]: (step: Extract<Step, { kind: Kind }>, target: Target) => void } = {
  createUser: ({ user, home }, target) => {
    if (isThisMachine(target))
      run("useradd", ["--system", "--user-group", "--home-dir", home, "--no-create-home", "--shell", "/usr/sbin/nologin", user]);
  },
  removeUser: ({ user }, target) => {
    if (isThisMachine(target)) run("userdel", [user]);
  },
  makeFolder: ({ path, mode, owner }, target) => {
    mkdirSync(target.root + path, { recursive: true });
    chmodSync(target.root + path, mode);
    if (!isThisMachine(target)) return;
    const { uid, gid } = idsOf(owner);
    chownSync(path, uid, gid);
  },
  clone: ({ url, path, owner }, target) => {
    run("git", ["clone", "--quiet", "--", url, target.root + path]);
    if (!isThisMachine(target)) return;
    const { uid, gid } = idsOf(owner);
    run("chown", ["-R", `${uid}:${gid}`, path]);
  },
  writeFile: ({ path, mode, text, replaces }, { root }) => {
    const file = root + path;
    mkdirSync(dirname(file), { recursive: true });
    if (replaces) cpSync(file, `${file}.before`);
    // Written beside and renamed, with its mode from the start: nobody reads half of it, or what is not for them.
    const fresh = join(dirname(file), `.${path.slice(path.lastIndexOf("/") + 1)}.new`);
    rmSync(fresh, { force: true });
    writeFileSync(fresh, text, { mode, flag: "wx" });
    chmodSync(fresh, mode);
    renameSync(fresh, file);
  },
  removeFile: ({ path }, { root }) => rmSync(root + path, { force: true }),
  removeFolder: ({ path }, { root }) => rmSync(root + path, { recursive: true, force: true }),
  run: ({ command: [program, ...args], mayFail }, target) => {
    if (isThisMachine(target)) run(program, args, mayFail);
  },
};

/** A step in words. */
export const describeStep = (step: Step): string => {
  switch (step.kind) {
    case "createUser":
      return `make the system user ${step.user}`;
    case "removeUser":
      return `remove the system user ${step.user}`;
    case "makeFolder":
      return `make the folder ${step.path} (${step.owner}, ${step.mode.toString(8)})`;
    case "clone":
      return `clone ${step.url.replace(/(:\/\/[^:/@\s]*:)[^@\s]*@/, "$1[hidden]@")} to ${step.path}`;
    case "writeFile":
      return `${step.replaces ? "replace" : "write"} ${step.path} (${step.mode.toString(8)})${step.replaces ? `, the one there becomes ${step.path}.before` : ""}`;
    case "removeFile":
    case "removeFolder":
      return `remove ${step.path}`;
    case "run":
      return `run ${step.command.join(" ")}`;
  }
};
