import { resolve } from "node:path";
import type { Finding } from "@fogline/findings";
import type { Fleet } from "@fogline/fleet";
import { outsideOfWindow, planUpgrade, type UpgradeStep } from "@fogline/gitops";
import { formatDurationMs } from "@fogline/units";
import { Worktree } from "@fogline/worktree";
import type { Context } from "../context.ts";
import { type UpgradeTools, upgradeInTurn } from "../device-upgrade/carry-out.ts";
import { gateLines, type HubGates, hubGates } from "../device-upgrade/hub-gates.ts";
import { Exit, exitCodes } from "../exit.ts";
import type { Column } from "../output.ts";
import { withPlays } from "../plays.ts";
import { loadFleet } from "../render.ts";
import { refuseFor } from "../secret-store.ts";

export interface DeviceUpgradeOptions {
  readonly check?: boolean;
  readonly yes?: boolean;
  readonly anyTime?: boolean;
  readonly only?: "system" | "k3s";
  readonly k3sFolder?: string;
  /** How long an agent may take until it is back at the hub, in milliseconds; with 0 the hub is not asked. */
  readonly hubWait: number;
  /** For how long each ring must have been well before the next one, in milliseconds, instead of what the fleet file says. */
  readonly soak?: number;
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
 * the first machine that fails or does not come back to the hub, so that no other one follows it. Ends with 1 then, and where the plan is refused.
 */
export const deviceUpgradeCommand = async (context: Context, selector: string, options: DeviceUpgradeOptions): Promise<void> => {
  const { output, repository, clock } = context;
  const worktree = await Worktree.open(repository);
  const { fleet, findings } = await loadFleet(worktree);
  refuseFor(findings, "the fleet has errors, so nothing was planned");
  if (fleet === undefined) return;
  const { check = false, yes = false, anyTime = false, soak: soakMs } = options;
  const plan = planUpgrade(fleet, { selector, nowMs: clock.now(), anyTime, ...(soakMs === undefined ? {} : { soakMs }) });
  output.table(plan.steps, columns);
  output.findings(plan.findings);
  if (plan.findings.length > 0) {
    output.value(plan);
    throw new Exit(exitCodes.findings);
  }
  const devices = plan.steps.map(({ device }) => device);
  const hub = await hubGates(context, devices, options.hubWait);
  for (const line of [...soakLines(plan.steps), ...gateLines(hub)]) output.line(line);
  if (!yes && !check) {
    output.value({ ...plan, gates: Object.fromEntries(hub.gates) });
    output.line("next    the same with --check shows what would change on each, with --yes it is done");
    return;
  }
  const rings = new Map(fleet.rings.map((ring) => [ring.name, ring]));
  const mayBegin = (ring: string): readonly Finding[] => (anyTime ? [] : outsideOfWindow(rings.get(ring), clock.now()));
  await carryOut(context, plan.steps, { ...options, worktree, fleet, check, hub, mayBegin });
};

const soakLines = (steps: readonly UpgradeStep[]): readonly string[] =>
  steps.flatMap(({ ring, after }) =>
    after === undefined || after.soakMs === 0
      ? []
      : [`soak    ring ${after.ring} must have been well for ${formatDurationMs(after.soakMs)} before ${ring} begins`],
  );

interface CarryOut extends DeviceUpgradeOptions {
  readonly worktree: Worktree;
  readonly fleet: Fleet;
  readonly check: boolean;
  readonly hub: HubGates;
  readonly mayBegin: UpgradeTools["mayBegin"];
}

const carryOut = async (context: Context, steps: readonly UpgradeStep[], options: CarryOut): Promise<void> => {
  const { output, clock } = context;
  const { worktree, fleet, check, only, k3sFolder, hub, hubWait: hubWaitMs, mayBegin } = options;
  const variables = k3sFolder === undefined ? {} : { fogline_k3s_folder: resolve(k3sFolder) };
  const plays = { worktree, fleet, kept: "upgrades", check, tags: only === undefined ? [] : [only] } as const;
  await withPlays(context, plays, async ({ folder, signal, play }) => {
    const { done, findings } = await upgradeInTurn(
      // What is only looked at changes nothing that would have to be waited for.
      check ? steps.map(({ after: _, ...step }) => step) : steps,
      {
        ...{ clock, signal, mayBegin, hubWaitMs, seen: hub.seen, gates: check ? new Map() : hub.gates },
        upgrade: (device) => play("upgrade", device, variables),
        look: (device) => play("look-upgraded", device, {}),
        say: (line) => output.line(line),
      },
    );
    output.findings(findings);
    output.value({ done, left: steps.map(({ device }) => device).filter((device) => !done.includes(device)), findings, logs: folder });
    if (findings.length > 0) {
      output.line(`${done.length} of ${steps.length} are done; what follows was left as it is. Logs in ${folder}`);
      throw new Exit(exitCodes.findings);
    }
    output.line(`${done.length} ${check ? "looked at" : "upgraded"}; logs in ${folder}`);
  });
};
