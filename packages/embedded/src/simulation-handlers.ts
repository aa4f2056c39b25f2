import { addSimulatedDevice, failureOf, removeSimulatedDevice, setSimulatedDevice } from "@fogline/contracts";
import { fail, ok } from "@fogline/findings";
import { type Handler, handle } from "@fogline/rpc";
import type { Devices } from "./devices.ts";

/** What people ask of simulated devices. */
export const simulationHandlers = (devices: Devices): Handler[] => [
  handle(setSimulatedDevice, async ({ id, ...change }) => {
    const { simulation } = devices;
    if (simulation === undefined || !simulation.devices.includes(id)) return fail(failureOf(setSimulatedDevice, "notSimulated", { id }));
    const stated = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    return ok({ id, world: { ...(await simulation.set(id, stated)) } });
  }),
  handle(addSimulatedDevice, (wish) => devices.add(wish)),
  handle(removeSimulatedDevice, async ({ id }) =>
    (await devices.remove(id)) ? ok({}) : fail(failureOf(removeSimulatedDevice, "notSimulated", { id })),
  ),
];
