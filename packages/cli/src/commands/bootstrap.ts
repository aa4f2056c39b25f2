import { join, resolve } from "node:path";
import { acceptHostKey } from "@fogline/ansible";
import { listEnrolments } from "@fogline/contracts";
import { type Finding, FoglineError, nearest, textOf } from "@fogline/findings";
import type { Device, Fleet } from "@fogline/fleet";
import { type BootstrapPlan, knownHostsPath, planBootstrap, type Selection, type StageName, selectDevices, withKnownHosts } from "@fogline/gitops";
import { Worktree } from "@fogline/worktree";
import { askWhether } from "../bootstrap/asked.ts";
import { carryOut } from "../bootstrap/carry-out.ts";
import { refuseStaleFiles } from "../bootstrap/generated.ts";
import { lockBootstrap, settleLastRun } from "../bootstrap/lock.ts";
import { lookAtAll, sshTargetOf } from "../bootstrap/look.ts";
import { findingsOf, showPlan, showSummary } from "../bootstrap/show.ts";
import type { AskedOptions, BootstrapState } from "../bootstrap/state.ts";
import { type RegistryLogins, registryLogins } from "../cluster-login.ts";
import type { Context } from "../context.ts";
import { Exit, exitCodes, exitFor } from "../exit.ts";
import { loadFleet } from "../render.ts";
import { refuseFor } from "../secret-store.ts";

export interface BootstrapOptions {
  readonly yes?: boolean;
  readonly check?: boolean;
  readonly only?: StageName;
  readonly parallel: number;
  readonly resume?: boolean;
  readonly keepGoing?: boolean;
  /** Commander's name for --without-agent. */
  readonly withoutAgent?: boolean;
  readonly acceptHostKey?: string;
  readonly k3sFolder?: string;
  readonly operator?: string;
  /** Paths of empty disks by device. */
  readonly dataDisk?: Readonly<Record<string, string>>;
  /** Ids of devices. */
  readonly adopt?: readonly string[];
}

/** What is the same for a whole call. */
interface Call {
  readonly context: Context;
  readonly worktree: Worktree;
  readonly fleet: Fleet;
  /** Below the data folder: state, logs, lock. */
  readonly folder: string;
  readonly options: BootstrapOptions;
  readonly asked: AskedOptions;
}

/** `fogline bootstrap <selector...>`: plans the set-up of machines, shows it, asks, and carries it out. */
export const bootstrapCommand = async (context: Context, words: readonly string[], options: BootstrapOptions): Promise<void> => {
  const worktree = await Worktree.open(context.repository);
  const { fleet, findings } = await loadFleet(worktree);
  refuseFor(findings, "the fleet has errors, so nothing was done");
  if (fleet === undefined) return;
  const folder = join(context.dataFolder, "bootstrap");
  const unlock = lockBootstrap(folder);
  try {
    const last = await settleLastRun(folder);
    await bootstrap({ context, worktree, fleet, folder, options, asked: askedOf(options, last) }, wordsOf(words, options, last));
  } finally {
    unlock();
  }
};

/** What --resume goes on with: the devices of the last run that are not done, as it was asked for. Throws FL4096 where there is nothing. */
const wordsOf = (words: readonly string[], { resume = false }: BootstrapOptions, last: BootstrapState | undefined): readonly string[] => {
  if (!resume) return words;
  const left = Object.entries(last?.devices ?? {}).flatMap(([device, { standing }]) => (standing === "done" ? [] : [device]));
  if (left.length === 0) throw new FoglineError("FL4096", last === undefined ? "nothing was begun here" : "every device of the last run is set up");
  return left;
};

/** What is asked for now; of what --resume goes on with, what is not said anew. */
const askedOf = (options: BootstrapOptions, last: BootstrapState | undefined): AskedOptions => {
  const before = options.resume === true ? last?.options : undefined;
  const only = options.only ?? before?.only;
  const k3sFolder = options.k3sFolder === undefined ? before?.k3sFolder : resolve(options.k3sFolder);
  const operator = options.operator ?? before?.operator;
  return {
    ...(only === undefined ? {} : { only }),
    ...(k3sFolder === undefined ? {} : { k3sFolder }),
    ...(operator === undefined ? {} : { operator }),
    withoutAgent: options.withoutAgent ?? before?.withoutAgent ?? false,
    dataDisks: { ...before?.dataDisks, ...options.dataDisk },
    adopt: [...new Set([...(before?.adopt ?? []), ...(options.adopt ?? [])])],
  };
};

/** Devices that options name and words do not: a slip there would only be found out on a machine, if at all. */
const namedBeside = ({ dataDisk = {}, adopt = [] }: BootstrapOptions, devices: readonly Device[]): Finding[] => {
  const chosen = new Set(devices.map(({ id }) => id));
  const beside = (option: string, names: readonly string[]): Finding[] =>
    names
      .filter((name) => !chosen.has(name))
      .map((name) => ({
        ...{ code: "FL4090", severity: "error" as const, message: `${option} names ${name}, which is not among the devices that were chosen` },
        remedy: `Write ${nearest(name, chosen) ?? "one of those"}, or choose ${name} too.`,
      }));
  return [...beside("--data-disk", Object.keys(dataDisk)), ...beside("--adopt", adopt)];
};

const bootstrap = async (call: Call, words: readonly string[]): Promise<void> => {
  const { context, fleet, worktree, options, asked } = call;
  const { output } = context;
  const selection = selectDevices(fleet, words);
  refuseFor([...selection.findings, ...namedBeside(options, selection.devices)], "the selection has errors, so nothing was done");
  await refuseStaleFiles(worktree, fleet, selection.devices);
  if (options.acceptHostKey !== undefined) await acceptKey(call, selection.devices, options.acceptHostKey);
  const logins = await loginsOf(context, selection.devices);
  const plan = await planFor(call, selection);
  showPlan(output, plan, selection);
  output.findings(plan.findings);
  const problems = new Set(plan.findings.map(({ object }) => object));
  const able = plan.devices.filter(({ device }) => !problems.has(device));
  if (plan.findings.length > 0 && (options.keepGoing !== true || able.length === 0)) {
    output.value({ plan: plan.devices, leftOut: selection.leftOut.map(({ id }) => id), findings: plan.findings });
    output.line(`nothing was changed. ${able.length > 0 ? "--keep-going sets up those without a problem" : ""}`.trim());
    return exitFor(plan.findings);
  }
  const question = `Set up ${able.length} ${able.length === 1 ? "device" : "devices"}?`;
  if (options.check !== true && options.yes !== true && !(await askWhether(output, question))) return output.line("nothing was changed");
  const { check = false, parallel } = options;
  const state = await carryOut({ ...call, options: { check, parallel, asked, logins } }, plan);
  showSummary(output, state, call.folder);
  output.value({
    plan: plan.devices,
    leftOut: selection.leftOut.map(({ id }) => id),
    findings: [...plan.findings, ...findingsOf(state)],
    run: state,
  });
  if (Object.values(state.devices).some(({ standing }) => standing !== "done")) throw new Exit(exitCodes.findings);
};

/** Logins of registries for nodes, by cluster, as the operator keeps them. Read before a machine is asked anything, so that a bad file changes nothing. */
const loginsOf = async (context: Context, devices: readonly Device[]): Promise<ReadonlyMap<string, RegistryLogins>> => {
  const clusters = [...new Set(devices.flatMap(({ cluster }) => cluster ?? []))];
  const read = await Promise.all(clusters.map(async (cluster) => [cluster, await registryLogins(context, cluster)] as const));
  return new Map(read.flatMap(([cluster, logins]) => (logins === undefined ? [] : [[cluster, logins] as const])));
};

/** Writes down the host key of one machine, once it shows the one whose fingerprint was given. */
const acceptKey = async ({ context, worktree, fleet }: Call, devices: readonly Device[], fingerprint: string): Promise<void> => {
  const [device, ...others] = devices;
  if (device === undefined || others.length > 0)
    throw new FoglineError("FL4101", `a fingerprint is that of one machine, and ${devices.length} were chosen`, {
      remedy: "Name one device with --accept-host-key.",
    });
  const { algorithm, blob } = await acceptHostKey(sshTargetOf(device, fleet), fingerprint);
  const text = (await worktree.file(knownHostsPath)) ?? "";
  const { id, address } = device;
  const host = { device: id, publicKey: `${algorithm} ${blob}`, ...(address === undefined ? {} : { address }) };
  await worktree.write(knownHostsPath, withKnownHosts(text, [host]));
  context.output.line(`${id} has ${fingerprint}: written into ${knownHostsPath}; commit it`);
};

/** Looks at the devices and plans; with what the plan needs of this machine and of the hub. */
const planFor = async ({ context, worktree, fleet, options, asked }: Call, { devices }: Selection): Promise<BootstrapPlan> => {
  const knownHosts = join(worktree.root, knownHostsPath);
  const knownHostsText = (await worktree.file(knownHostsPath)) ?? "";
  const observed = await lookAtAll(devices, { fleet, knownHosts, knownHostsText, parallel: options.parallel, now: () => context.clock.now() });
  const plan = planBootstrap({
    ...{ fleet, devices, observed },
    ...(asked.only === undefined ? {} : { only: asked.only }),
    withoutAgent: asked.withoutAgent,
  });
  const wanting = options.check === true ? [] : plan.devices.filter(({ token }) => token === "new");
  if (wanting.length === 0) return plan;
  const why = await hubRefusal(context);
  if (why === undefined) return plan;
  const message = (device: string): string => `${device} has no identity yet, and the hub gives no token: ${why}`;
  return {
    ...plan,
    findings: [
      ...plan.findings,
      ...wanting.map(({ device }): Finding => ({ code: "FL4108", severity: "error", message: message(device), object: device })),
    ],
  };
};

/** Why the hub would make no token for this user; undefined where it would. */
const hubRefusal = async ({ hub }: Context): Promise<string | undefined> => {
  try {
    await hub().call(listEnrolments, { limit: 1 });
    return undefined;
  } catch (thrown) {
    return textOf(thrown);
  }
};
