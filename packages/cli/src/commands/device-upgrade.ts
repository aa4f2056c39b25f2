import { spawn } from "node:child_process";
import { createWriteStream, existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { FoglineError } from "@fogline/findings";
import { planUpgrade, type UpgradeStep } from "@fogline/gitops";
import { Worktree } from "@fogline/worktree";
import type { Context } from "../context.ts";
import { Exit, exitCodes } from "../exit.ts";
import type { Column } from "../output.ts";
import { loadFleet } from "../render.ts";
import { refuseFor } from "../secret-store.ts";

export interface DeviceUpgradeOptions {
  readonly check?: boolean;
  readonly yes?: boolean;
  readonly anyTime?: boolean;
  readonly only?: "system" | "k3s";
  readonly k3sFolder?: string;
}

const columns: Column<UpgradeStep>[] = [
  { title: "DEVICE", text: ({ device }) => device },
  { title: "RING", text: ({ ring }) => ring },
  { title: "CLUSTER", text: ({ cluster }) => cluster ?? "-" },
  { title: "AS", text: ({ as }) => as },
  { title: "K3S", text: ({ k3s }) => k3s ?? "-" },
];

/**
 * `fogline device upgrade <selector>`: packages, firmware and K3s of machines, one after another. Shows the plan; with --yes carries it out, and ends with
 * the first machine that fails, so that no other one follows it. Ends with 1 then, and where the plan is refused.
 */
export const deviceUpgradeCommand = async (context: Context, selector: string, options: DeviceUpgradeOptions): Promise<void> => {
  const { output, repository, clock } = context;
  const { fleet, findings } = await loadFleet(await Worktree.open(repository));
  refuseFor(findings, "the fleet has errors, so nothing was planned");
  if (fleet === undefined) return;
  const plan = planUpgrade(fleet, { selector, nowMs: clock.now(), anyTime: options.anyTime ?? false });
  output.table(plan.steps, columns);
  output.findings(plan.findings);
  if (plan.findings.length > 0) {
    output.value(plan);
    throw new Exit(exitCodes.findings);
  }
  if (!options.yes && !options.check) {
    output.value(plan);
    output.line("next    the same with --check shows what would change on each, with --yes it is done");
    return;
  }
  await carryOut(context, plan.steps, options);
};

const carryOut = async (
  { output, dataFolder, repository, clock, environment }: Context,
  steps: readonly UpgradeStep[],
  options: DeviceUpgradeOptions,
): Promise<void> => {
  const folder = join(dataFolder, "upgrades", String(clock.now()));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const done: string[] = [];
  for (const { device } of steps) {
    output.line(`${device}  ...`);
    const log = join(folder, `${device}.log`);
    const code = await runPlaybook({ repository, device, log, options, environment });
    if (code !== 0) {
      output.value({ done, failed: device, log });
      output.line(`${device}  failed; the ${steps.length - done.length - 1} after it were left as they are. What it said is in ${log}`);
      throw new Exit(exitCodes.findings);
    }
    done.push(device);
  }
  output.value({ done });
  output.line(`${done.length} ${options.check ? "looked at" : "upgraded"}; logs in ${folder}`);
};

interface Run {
  readonly repository: string;
  readonly device: string;
  readonly log: string;
  readonly options: DeviceUpgradeOptions;
  readonly environment: Context["environment"];
}

/** One ansible-playbook over one machine; answers its exit code. */
const runPlaybook = async ({ repository, device, log, options: { check, only, k3sFolder }, environment }: Run): Promise<number> => {
  const collection = join(repository, "bootstrap/ansible");
  const own = join(repository, ".cache/ansible/bin/ansible-playbook");
  if (!existsSync(collection)) throw new FoglineError("FL4129", `${collection} does not exist, and the playbook is there`);
  const file = createWriteStream(log, { mode: 0o600 });
  const args = [
    ...["--inventory", join(repository, "bootstrap/generated/inventory.yaml"), join(collection, "playbooks/upgrade.yml"), "--limit", device],
    ...(check ? ["--check", "--diff"] : []),
    ...(only === undefined ? [] : ["--tags", only]),
    ...(k3sFolder === undefined ? [] : ["--extra-vars", JSON.stringify({ fogline_k3s_folder: k3sFolder })]),
  ];
  const child = spawn(existsSync(own) ? own : "ansible-playbook", args, {
    cwd: collection,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...environment, ANSIBLE_CONFIG: join(collection, "ansible.cfg") },
  });
  child.stdout.pipe(file, { end: false });
  child.stderr.pipe(file, { end: false });
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", (cause) =>
      reject(new FoglineError("FL4129", `ansible-playbook cannot be started: ${cause.message}`, { remedy: "npm run install:ansible", cause })),
    );
    child.once("close", (status) => resolve(status ?? 1));
  });
  file.end();
  await finished(file);
  return code;
};
