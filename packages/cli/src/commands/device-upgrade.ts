import { resolve } from "node:path";
import { planUpgrade, type UpgradeStep } from "@fogline/gitops";
import { Worktree } from "@fogline/worktree";
import { playOneByOne } from "../bootstrap/one-by-one.ts";
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
  const { output, repository, workingFolder, clock } = context;
  const worktree = await Worktree.open(repository);
  const { fleet, findings } = await loadFleet(worktree);
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
  const { check = false, only, k3sFolder } = options;
  const { done, failed, folder } = await playOneByOne(
    context,
    { worktree, fleet },
    {
      ...{
        playbook: "upgrade",
        devices: plan.steps.flatMap(({ device }) => fleet.devices.find(({ id }) => id === device) ?? []),
        check,
        tags: only === undefined ? [] : [only],
      },
      variables: k3sFolder === undefined ? {} : { fogline_k3s_folder: resolve(workingFolder, k3sFolder) },
    },
  );
  output.value({ done, ...(failed === undefined ? {} : { failed: failed.device, findings: failed.findings }), logs: folder });
  if (failed !== undefined) {
    output.findings(failed.findings);
    output.line(`${failed.device} failed; the ${plan.steps.length - done.length - 1} after it were left as they are. What it said is in ${folder}`);
    throw new Exit(exitCodes.findings);
  }
  output.line(`${done.length} ${check ? "looked at" : "upgraded"}; logs in ${folder}`);
};
