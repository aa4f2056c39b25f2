/** Runs playbooks of the collection over targets, for the machines of a fleet file, and counts what each role did. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { env, execPath } from "node:process";
import { findAnsible } from "../../../scripts/ansible.ts";
import { root } from "../../../scripts/root.ts";
import type { Targets } from "./targets.ts";

/** What a task did on a machine, as plugins/callback/events.py tells it. */
export interface TaskResult {
  readonly host: string;
  readonly role: string;
  readonly task: string;
  readonly outcome: "ok" | "changed" | "skipped" | "failed" | "unreachable" | "ignored";
  readonly why?: string;
  readonly message?: string;
}

export interface Play {
  readonly code: number;
  readonly results: readonly TaskResult[];
  /** Everything that ansible-playbook printed. */
  readonly output: string;
  readonly changed: readonly string[];
  readonly failed: readonly TaskResult[];
}

export interface PlayOptions {
  readonly limit?: string;
  readonly tags?: readonly string[];
  readonly check?: boolean;
  readonly playbook?: string;
  readonly vars?: Readonly<Record<string, unknown>>;
}

/** A repository that a fleet file was rendered in: its folder `bootstrap/generated` is the inventory's. */
export const renderFleet = (place: string, fleetFile: string): string => {
  const repository = mkdtempSync(join(place, "fleet-"));
  mkdirSync(join(repository, "clusters"));
  writeFileSync(join(repository, "clusters/fleet.yaml"), fleetFile);
  execFileSync("git", ["init", "--quiet", repository]);
  execFileSync(execPath, [join(root, "packages/cli/src/main.ts"), "--repo", repository, "render"], { stdio: ["ignore", "pipe", "pipe"] });
  return repository;
};

/** The playbook over some of the targets. It reads the rendered files of `repository`; how the targets are reached comes from `targets`. */
export const play = async (repository: string, targets: Targets, options: PlayOptions = {}): Promise<Play> => {
  const programs = findAnsible();
  if (programs === undefined) throw new Error("Ansible is not installed. fix: npm run install:ansible");
  const { limit, tags, check = false, playbook = "bootstrap.yml", vars = {} } = options;
  const place = mkdtempSync(join(repository, ".play-"));
  const events = join(place, "events");
  const login = {
    ansible_user: "fogline",
    ansible_ssh_private_key_file: targets.identityFile,
    ansible_ssh_common_args: `-o UserKnownHostsFile=${targets.knownHosts}`,
  };
  const extra = join(place, "vars.json");
  writeFileSync(extra, JSON.stringify({ ...login, ...vars }));
  const args = [
    ...["--inventory", join(repository, "bootstrap/generated/inventory.yaml"), join(root, "bootstrap/ansible/playbooks", playbook)],
    ...["--extra-vars", `@${extra}`, "--diff", ...(limit === undefined ? [] : ["--limit", limit])],
    ...(tags === undefined ? [] : ["--tags", tags.join(",")]),
    ...(check ? ["--check"] : []),
  ];
  const child = spawn(join(programs, "ansible-playbook"), args, {
    cwd: join(root, "bootstrap/ansible"),
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...env,
      ANSIBLE_CONFIG: "ansible.cfg",
      ANSIBLE_CALLBACKS_ENABLED: "fogline.edge.events",
      FOGLINE_EVENTS: events,
      NO_COLOR: "1",
      ANSIBLE_SSH_CONTROL_PATH_DIR: join(place, "ssh"),
    },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  const [code] = (await once(child, "close")) as [number | null];
  const lines = existsSync(events) ? readFileSync(events, "utf8").split("\n").filter(Boolean) : [];
  const results = lines.map((line) => JSON.parse(line) as TaskResult & { readonly event: string }).filter(({ event }) => event === "task");
  return {
    code: code ?? 1,
    results,
    output,
    changed: results.filter(({ outcome }) => outcome === "changed").map(({ role, task }) => `${role}: ${task}`),
    failed: results.filter(({ outcome }) => outcome === "failed" || outcome === "unreachable"),
  };
};
