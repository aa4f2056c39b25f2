import { existsSync } from "node:fs";
import { join } from "node:path";
import { findAnsible, type Installation, linkCollection } from "@fogline/ansible";
import { createEnrolment } from "@fogline/contracts";
import { FoglineError, textOf } from "@fogline/findings";
import type { Device, Fleet } from "@fogline/fleet";
import { type BootstrapPlan, type DevicePlan, knownHostsPath, rolesOf } from "@fogline/gitops";
import { findMark } from "@fogline/system";
import type { Worktree } from "@fogline/worktree";
import type { RegistryLogins } from "../cluster-login.ts";
import type { Context } from "../context.ts";
import { handOverFile, writeHandOver } from "../hand-over.ts";
import { type AgentParts, cacheFolder, makeAgentParts } from "./agent-parts.ts";
import { type DeviceRunTools, runDevice } from "./device-run.ts";
import { deviceTools } from "./device-tools.ts";
import { linesProgress, liveProgress, type ShownProgress } from "./progress.ts";
import { type DeviceHandlers, emptyDevice, runPlan } from "./run.ts";
import { runName } from "./run-name.ts";
import { type DeviceVariables, makeSecretFolder, type SecretFolder } from "./secret-files.ts";
import { type AskedOptions, type BootstrapState, writeState } from "./state.ts";
import { stopOnSignals } from "./stop-on-signals.ts";

/** How it was asked for. */
export interface CarryOutOptions {
  readonly check: boolean;
  readonly parallel: number;
  readonly asked: AskedOptions;
  /** Logins of registries by cluster. */
  readonly logins: ReadonlyMap<string, RegistryLogins>;
}

/** What is the same for every device of a run. */
export interface Carrier {
  readonly context: Context;
  readonly worktree: Worktree;
  readonly fleet: Fleet;
  /** Holds state, logs and lock. */
  readonly folder: string;
  readonly options: CarryOutOptions;
}

interface Run {
  readonly name: string;
  readonly installation: Installation;
  readonly collections: string;
  readonly secrets: SecretFolder;
  readonly parts?: AgentParts;
  readonly knownHostsText: string;
}

/** Carries out a plan. Leaves the state and the logs, and no secret; whatever ends this process ends what it started. */
export const carryOut = async (carrier: Carrier, plan: BootstrapPlan): Promise<BootstrapState> => {
  const { context, fleet, folder, options } = carrier;
  const now = (): number => context.clock.now();
  const run = await prepare(carrier, plan);
  const first = firstState(carrier, plan, run, now());
  writeState(folder, first);
  const progress = progressFor(context.output, plan);
  const stop = stopOnSignals();
  try {
    const devices = new Map(fleet.devices.map((device) => [device.id, device]));
    const runOne = async (planned: DevicePlan, handlers: DeviceHandlers) => {
      const device = devices.get(planned.device);
      if (device === undefined) throw new Error(`the fleet has no ${planned.device}`);
      return runDevice(device.id, toolsFor(carrier, run, { planned, device, handlers }), stop.signal);
    };
    const last = await runPlan(plan.devices, first, runOne, {
      folder,
      parallel: options.parallel,
      now,
      identify: findMark,
      progress,
      signal: stop.signal,
    });
    await progress.finish();
    const { secretsFolder: _removed, ...ended } = last;
    run.secrets.removeAll();
    writeState(folder, ended);
    return ended;
  } finally {
    run.secrets.removeAll();
    stop.forget();
  }
};

const prepare = async ({ context, worktree, fleet, folder, options }: Carrier, plan: BootstrapPlan): Promise<Run> => {
  const installation = await findAnsible();
  const alone = new Set(
    plan.devices.filter(({ role, stages }) => role === "alone" && stages.some(({ stage }) => stage === "agent")).map(({ device }) => device),
  );
  const parts =
    alone.size === 0
      ? undefined
      : await makeAgentParts(
          { cache: cacheFolder(context.environment), bundle: join(folder, "agent") },
          fleet.devices.filter(({ id }) => alone.has(id)),
        );
  return {
    name: runName(context.clock.now()),
    installation,
    collections: linkCollection(join(folder, "collections"), installation),
    secrets: makeSecretFolder(context.environment),
    ...(parts === undefined || options.asked.withoutAgent ? {} : { parts }),
    knownHostsText: (await worktree.file(knownHostsPath)) ?? "",
  };
};

const firstState = ({ options: { check, asked } }: Carrier, plan: BootstrapPlan, { name, secrets }: Run, nowMs: number): BootstrapState => {
  const bad = Map.groupBy(plan.findings, ({ object }) => object);
  const device = (id: string) => {
    const findings = bad.get(id) ?? [];
    return { ...emptyDevice(id, name), ...(findings.length === 0 ? {} : { standing: "failed" as const, findings }) };
  };
  return {
    ...{ version: 1, run: name, startedAtMs: nowMs, secretsFolder: secrets.path },
    options: { ...asked, check },
    devices: Object.fromEntries(plan.devices.map(({ device: id }) => [id, device(id)])),
  };
};

const toolsFor = (
  { context, worktree, fleet, folder, options: { check, asked, logins } }: Carrier,
  { name, parts, ...run }: Run,
  { planned, device, handlers }: { readonly planned: DevicePlan; readonly device: Device; readonly handlers: DeviceHandlers },
): DeviceRunTools => ({
  ...deviceTools({ ...run, worktree, fleet, logFolder: join(folder, name) }, device, {
    playbook: "bootstrap",
    check,
    tags: asked.only === undefined ? [] : rolesOf(planned),
    // Who was set up only in part is not noted as a member of the fleet.
    skipTags: [...(asked.withoutAgent ? ["agent"] : []), ...(asked.only === undefined ? [] : ["identity"])],
  }),
  variablesOf: async (): Promise<DeviceVariables> => ({
    ...(parts === undefined ? {} : { fogline_agent_parts: parts }),
    ...(asked.k3sFolder === undefined ? {} : { fogline_k3s_folder: asked.k3sFolder }),
    ...(asked.dataDisks[device.id] === undefined ? {} : { fogline_data_disk: asked.dataDisks[device.id] }),
    ...(asked.adopt.includes(device.id) ? { fogline_k3s_adopt: true } : {}),
    ...loginsFor(planned, logins),
    ...(planned.stages.some(({ stage }) => stage === "flux") ? await handOverFor(context, device, run.secrets.path, asked.operator) : {}),
    ...(check ? {} : await tokenFor(context, device.id, planned.token)),
  }),
  ...handlers,
});

/** The logins of a node. Without any it keeps those that it has. */
const loginsFor = ({ cluster = "", stages }: DevicePlan, logins: CarryOutOptions["logins"]): Pick<DeviceVariables, "fogline_registry_logins"> => {
  const known = stages.some(({ stage }) => stage === "k3s") ? logins.get(cluster) : undefined;
  return known === undefined ? {} : { fogline_registry_logins: known };
};

/** What the first server of a cluster lays into it before Flux. A second try finds the file of the first. */
const handOverFor = async (
  context: Context,
  { cluster }: Device,
  folder: string,
  operator: string | undefined,
): Promise<Pick<DeviceVariables, "fogline_handover">> => {
  if (cluster === undefined) return {};
  const file = handOverFile(folder, cluster);
  if (!existsSync(file)) await writeHandOver(context, cluster, folder, operator === undefined ? {} : { operator });
  return { fogline_handover: file };
};

/** A token of the hub, made when it is needed: the time that it is good for is not spent on waiting for servers. */
const tokenFor = async (context: Context, device: string, wanted: DevicePlan["token"]): Promise<Pick<DeviceVariables, "fogline_enrolment_token">> => {
  if (wanted === "none") return {};
  try {
    const { token } = await context.hub().call(createEnrolment, { id: device });
    return { fogline_enrolment_token: token };
  } catch (thrown) {
    if (wanted === "new-or-present") return {};
    throw new FoglineError("FL4108", `the hub gives no token: ${textOf(thrown)}`, { cause: thrown });
  }
};

const progressFor = (output: Context["output"], { devices }: BootstrapPlan): ShownProgress => {
  const names = devices.map(({ device }) => device);
  const fits = names.length < (process.stdout.rows ?? 0) - 2;
  return process.stdout.isTTY && !output.json && fits ? liveProgress(names) : linesProgress(output, names);
};
