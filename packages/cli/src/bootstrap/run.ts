import type { Counts, PlaybookEvent } from "@fogline/ansible";
import type { Finding } from "@fogline/findings";
import type { DevicePlan } from "@fogline/gitops";
import type { ProcessMark } from "@fogline/system";
import type { DeviceOutcome } from "./device-run.ts";
import { nextDevices } from "./schedule.ts";
import { type BootstrapState, type DeviceStanding, type DeviceState, writeState } from "./state.ts";

/** Who is told what happens. */
export interface Progress {
  began(device: string): void;
  event(device: string, event: PlaybookEvent): void;
  ended(device: string, state: DeviceState): void;
}

export interface RunOptions {
  readonly folder: string;
  readonly parallel: number;
  readonly now: () => number;
  readonly identify: (processId: number) => ProcessMark | undefined;
  readonly progress: Progress;
  /** Once it is aborted nothing further begins. */
  readonly signal: AbortSignal;
}

export interface DeviceHandlers {
  onStart(processId: number): void;
  onEvent(event: PlaybookEvent, roles: Readonly<Record<string, Counts>>): void;
}

type RunOne = (plan: DevicePlan, handlers: DeviceHandlers) => Promise<DeviceOutcome>;

/**
 * Runs the plan: as many devices at once as there is room for, each after those that it waits for.
 *
 * - The state on disk is whole and true after every change, so that whoever ends this process leaves something to go on with.
 * - A device that fails stops none but those that wait for it.
 */
export const runPlan = async (plans: readonly DevicePlan[], first: BootstrapState, runOne: RunOne, options: RunOptions): Promise<BootstrapState> => {
  let state = first;
  const running = new Map<string, Promise<void>>();
  const set = (device: string, change: Partial<DeviceState>): void => {
    const before = state.devices[device];
    if (before === undefined) return;
    state = { ...state, devices: { ...state.devices, [device]: { ...before, ...change } } };
    writeState(options.folder, state);
  };
  const end = (device: string, { standing, roles, findings }: Pick<DeviceState, "standing" | "roles" | "findings">): void => {
    const { group: _ended, ...before } = state.devices[device] ?? emptyDevice(device);
    state = { ...state, devices: { ...state.devices, [device]: { ...before, standing, roles, findings, endedAtMs: options.now() } } };
    writeState(options.folder, state);
    options.progress.ended(device, state.devices[device] ?? emptyDevice(device));
  };
  const begin = async (plan: DevicePlan): Promise<void> => {
    const { device } = plan;
    set(device, { standing: "running", startedAtMs: options.now() });
    options.progress.began(device);
    const outcome = await runOne(plan, {
      onStart: (processId) => {
        const group = options.identify(processId);
        if (group !== undefined) set(device, { group });
      },
      onEvent: (event) => options.progress.event(device, event),
    });
    end(device, outcome);
    running.delete(device);
  };
  for (;;) {
    const standings = new Map<string, DeviceStanding>(Object.entries(state.devices).map(([id, { standing }]) => [id, standing]));
    const next = nextDevices(plans, standings, options.parallel);
    for (const { plan, by } of next.blocked) end(plan.device, { standing: "blocked", roles: {}, findings: [blockedBy(plan, by)] });
    if (!options.signal.aborted) for (const plan of next.begin) running.set(plan.device, begin(plan));
    // One that is blocked may block others.
    if (next.blocked.length > 0) continue;
    if (running.size === 0) return state;
    await Promise.race(running.values());
  }
};

const blockedBy = ({ device, cluster = "" }: DevicePlan, by: string): Finding => ({
  ...{ code: "FL4098", severity: "error", message: `${device} was not begun: it joins ${cluster} at ${by}, which is not set up` },
  remedy: `Correct what stopped ${by}, then run \`fogline bootstrap --resume\`.`,
});

/** A device that nothing has happened to. */
export const emptyDevice = (device: string, run = ""): DeviceState => ({
  standing: "waiting",
  log: run === "" ? "" : `${run}/${device}.log`,
  roles: {},
  findings: [],
});
