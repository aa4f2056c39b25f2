import type { DevicePlan } from "@fogline/gitops";
import type { DeviceStanding } from "./state.ts";

/** What can be done next: devices that may begin, and devices that never will because one that they wait for has failed. */
export interface Next {
  readonly begin: readonly DevicePlan[];
  readonly blocked: readonly { readonly plan: DevicePlan; readonly by: string }[];
}

const isOver: { readonly [Standing in DeviceStanding]: boolean } = {
  waiting: false,
  running: false,
  done: true,
  failed: true,
  blocked: true,
  interrupted: true,
};

/** True once nothing more will happen to a device. */
export const isEnded = (standing: DeviceStanding): boolean => isOver[standing];

/** Which devices begin now, at most as many as there is room for, in the order of the plan. Pure. */
export const nextDevices = (plans: readonly DevicePlan[], standings: ReadonlyMap<string, DeviceStanding>, parallel: number): Next => {
  const standingOf = (id: string): DeviceStanding => standings.get(id) ?? "done";
  const waiting = plans.filter(({ device }) => standingOf(device) === "waiting");
  const blockerOf = ({ after }: DevicePlan): string | undefined => after.find((id) => isEnded(standingOf(id)) && standingOf(id) !== "done");
  const blocked = waiting.flatMap((plan) => {
    const by = blockerOf(plan);
    return by === undefined ? [] : [{ plan, by }];
  });
  const running = plans.filter(({ device }) => standingOf(device) === "running").length;
  const ready = waiting.filter(({ after }) => after.every((id) => standingOf(id) === "done"));
  return { begin: ready.slice(0, Math.max(0, parallel - running)), blocked };
};
