import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AgentLog, hostClock, hostRandom, processRunner, sqliteStore, webSocketLink } from "@fogline/agent";
import type { SimulationDescription, SimulationReply, SimulationRequest } from "./description.ts";
import { startDevice, type VirtualDevice } from "./device.ts";

/** All devices of a simulation, running in this process. */
export interface SimulationHost {
  answer(request: SimulationRequest): SimulationReply;
  stop(reason: string): Promise<void>;
}

/** What commands of simulated devices inherit from the process that simulates. */
export type Inherited = Readonly<Record<string, string>>;

/** Starts every described device in this process, over one runner. */
export const hostDevices = async (description: SimulationDescription, inherited: Inherited, log: AgentLog): Promise<SimulationHost> => {
  const { hubUrl, dataFolder, heartbeatMs } = description;
  const workFolder = dataFolder === null ? mkdtempSync(join(tmpdir(), "fogline-simulation-")) : join(dataFolder, "work");
  if (dataFolder !== null) mkdirSync(dataFolder, { recursive: true });
  const runner = await processRunner({ folder: workFolder, environment: { ...inherited, FOGLINE_SIMULATED: "true" }, containerEngine: null });
  const devices = new Map<string, VirtualDevice>();
  for (const { id, credential, hardware, world } of description.devices) {
    const path = dataFolder === null ? ":memory:" : join(dataFolder, `${id}.db`);
    const device = await startDevice({
      id,
      hardware,
      clock: hostClock,
      random: hostRandom,
      link: webSocketLink({ hubUrl, nodeId: id, credential }),
      runner,
      // A power cut ends the whole simulated world; hundreds of devices must not wait for one disk.
      store: sqliteStore(path, hostClock.now(), "process"),
      log,
      ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
      ...(world === undefined ? {} : { world }),
    });
    devices.set(id, device);
  }
  return {
    answer: (asked) => {
      const { request } = asked;
      const { id, ...change } = "set" in asked ? asked.set : asked.world;
      const device = devices.get(id);
      if (device === undefined) return { request, error: `no simulated device "${id}"` };
      return { request, world: "set" in asked ? device.set(change) : device.world() };
    },
    stop: async (reason) => {
      await Promise.all([...devices.values()].map((device) => device.stop(reason)));
      await runner.close();
      if (dataFolder === null) rmSync(workFolder, { recursive: true, force: true });
    },
  };
};
