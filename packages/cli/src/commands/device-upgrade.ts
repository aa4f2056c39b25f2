import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { findAnsible, linkCollection, runPlaybook } from "@fogline/ansible";
import { inventoryPath, planUpgrade, type UpgradeStep } from "@fogline/gitops";
import { markOf } from "@fogline/system";
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

/** With what an upgrade is ended: the machine in hand ends its step, and no other follows. */
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

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
  { check = false, only, k3sFolder }: DeviceUpgradeOptions,
): Promise<void> => {
  const folder = join(dataFolder, "upgrades", String(clock.now()));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const installation = await findAnsible();
  const variables = join(folder, "variables.json");
  await writeFile(variables, JSON.stringify(k3sFolder === undefined ? {} : { fogline_k3s_folder: resolve(k3sFolder) }));
  // Short, since the path of a socket has 107 characters at most.
  const socketFolder = await mkdtemp(join(environment.XDG_RUNTIME_DIR ?? tmpdir(), "fogline-upgrade-"));
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  for (const name of signals) process.on(name, interrupt);
  const done: string[] = [];
  try {
    for (const { device } of steps) {
      output.line(`${device}  ...`);
      const logFile = join(folder, `${device}.log`);
      const code = await runPlaybook(
        {
          ...{ installation, collections: linkCollection(join(folder, "collections"), installation), playbook: "upgrade" },
          ...{ inventory: join(repository, inventoryPath), device, tags: only === undefined ? [] : [only], skipTags: [], check },
          ...{
            variableFiles: [variables],
            logFile,
            eventsFile: join(folder, `${device}.events`),
            socketFolder,
            temporaryFolder: join(folder, "tmp"),
          },
          owner: markOf(process.pid),
        },
        { onEvent: () => undefined, onStart: () => undefined },
        stop.signal,
      );
      if (code !== 0) {
        output.value({ done, failed: device, log: logFile });
        output.line(`${device}  failed; the ${steps.length - done.length - 1} after it were left as they are. What it said is in ${logFile}`);
        throw new Exit(exitCodes.findings);
      }
      done.push(device);
    }
  } finally {
    for (const name of signals) process.removeListener(name, interrupt);
    await rm(socketFolder, { recursive: true, force: true });
  }
  output.value({ done });
  output.line(`${done.length} ${check ? "looked at" : "upgraded"}; logs in ${folder}`);
};
