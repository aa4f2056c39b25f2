/** An operator: a repository with a rendered fleet, a key in an agent of SSH, and the command line as a process of its own. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { env, execPath } from "node:process";
import { root } from "../../../scripts/root.ts";
import { renderFleet } from "./playbook.ts";
import type { Targets } from "./targets.ts";

export interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Operator {
  readonly repository: string;
  /** Where folders of secrets are made. */
  readonly secretsPlace: string;
  /** Runs `fogline` to its end. */
  readonly fogline: (...args: readonly string[]) => Promise<Said>;
  /** Starts `fogline`, for whoever wants to end it before its time. */
  readonly start: (...args: readonly string[]) => {
    readonly processId: number;
    readonly ended: Promise<Said>;
    /** What it wrote to standard output until now. */
    readonly said: () => string;
  };
  /** The last run's lines of events of a device. */
  readonly events: (device: string) => readonly string[];
  /** Text of every file below the folder of bootstraps. */
  readonly leftBehind: () => string;
  readonly stop: () => void;
}

/** Renders the fleet, writes down the targets' host keys under their names, and takes the login of the targets into an agent. */
export const startOperator = async (
  place: string,
  fleetFile: string,
  targets: Pick<Targets, "all" | "identityFile">,
  variables: Readonly<Record<string, string>> = {},
): Promise<Operator> => {
  const repository = renderFleet(place, fleetFile);
  mkdirSync(join(repository, "clusters/facts"), { recursive: true });
  writeFileSync(join(repository, "clusters/facts/known_hosts"), targets.all.map(({ name, hostKey }) => `${name} ${hostKey}\n`).join(""));
  const git = ["-C", repository, "-c", "user.name=test", "-c", "user.email=test@example.org"];
  execFileSync("git", [...git, "add", "clusters", "bootstrap"]);
  execFileSync("git", [...git, "commit", "--quiet", "--message", "the fleet"]);
  const socket = join(repository, ".agent");
  const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
  while (!existsSync(socket)) await new Promise((resolve) => setTimeout(resolve, 20));
  const secretsPlace = mkdtempSync(join(place, "runtime-"));
  const environment = {
    ...env,
    SSH_AUTH_SOCK: socket,
    NO_COLOR: "1",
    XDG_RUNTIME_DIR: secretsPlace,
    XDG_CACHE_HOME: join(root, ".cache/bootstrap/cache"),
    ...variables,
  };
  execFileSync("ssh-add", ["-q", targets.identityFile], { env: environment });
  const start: Operator["start"] = (...args) => {
    const child = spawn(execPath, [join(root, "packages/cli/src/main.ts"), "--repo", repository, ...args], {
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const ended = once(child, "close").then(([code]): Said => ({ code: code as number | null, stdout, stderr }));
    return { processId: child.pid ?? 0, ended, said: () => stdout };
  };
  const folder = join(repository, ".fogline/bootstrap");
  return {
    repository,
    secretsPlace,
    start,
    fogline: (...args) => start(...args).ended,
    events: (device) => {
      const runs = readdirSync(folder).filter((name) => existsSync(join(folder, name, `${device}.events`)));
      return readFileSync(join(folder, runs.toSorted().at(-1) ?? "", `${device}.events`), "utf8")
        .split("\n")
        .filter(Boolean);
    },
    leftBehind: () =>
      execFileSync("find", [folder, "-type", "f", "-not", "-path", "*/agent/*", "-exec", "cat", "{}", "+"], { encoding: "utf8", maxBuffer: 1 << 28 }),
    stop: () => void agent.kill(),
  };
};
