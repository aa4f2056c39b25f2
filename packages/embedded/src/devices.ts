import type { Device, Fleet } from "@fogline/fleet";
import type { Clock } from "@fogline/ports";
import type { Client } from "@fogline/rpc";
import type { Log, Running } from "@fogline/service";
import type { DeviceDescription, Simulation } from "@fogline/simulation";
import { startAgentProcess } from "./agent-process.ts";
import type { DataFolder } from "./data-folder.ts";
import { credentialPath, declareNodes } from "./declare.ts";
import { SimulatedDevices } from "./simulated-devices.ts";

/** The device of the fleet that is this machine: the one of the local cluster whose hardware is detected. */
export const thisMachine = (fleet: Fleet): Device | undefined =>
  fleet.devices.find((device) => device.hardware === "detected" && fleet.clusters.some(({ name, local }) => local && name === device.cluster));

export interface DevicesOptions {
  readonly client: Client;
  readonly data: DataFolder;
  readonly clock: Clock;
  readonly log: Log;
  readonly simulate: boolean;
  readonly localAgent: boolean;
  /** Where agents connect; known once the gateway runs. */
  readonly agentUrl: () => string;
}

/** The devices of a fog on one machine: the real agent of this machine, and one process that simulates all others. */
export class Devices {
  readonly #options: DevicesOptions;
  readonly #declared = Promise.withResolvers<void>();
  #fleet: Fleet | undefined;
  readonly #simulated: SimulatedDevices;
  #stopAgent = async (): Promise<void> => undefined;

  constructor(options: DevicesOptions) {
    this.#options = options;
    const { data, clock, log, agentUrl } = options;
    this.#simulated = new SimulatedDevices({ dataFolder: data.at("simulated"), logPath: data.at("simulation.log"), clock, log, agentUrl });
  }

  /** The ids of the devices that are to come online here. */
  get expected(): readonly string[] {
    const local = this.#fleet === undefined ? undefined : thisMachine(this.#fleet)?.id;
    return [...(this.#options.localAgent && local !== undefined ? [local] : []), ...this.#simulated.wanted.map(({ id }) => id)];
  }

  get simulation(): Simulation | undefined {
    return this.#simulated.simulation;
  }

  /** Makes the registry and the simulation follow a fleet. Needs the orchestrator and the gateway to run. */
  async follow(fleet: Fleet): Promise<void> {
    const { client, data, simulate } = this.#options;
    // Devices that left the fleet end while the hub still knows them, so that it takes their last reports.
    const ids = new Set(fleet.devices.map(({ id }) => id));
    const staying = this.#simulated.wanted.filter(({ id }) => ids.has(id));
    if (staying.length < this.#simulated.wanted.length) await this.#simulated.follow(staying);
    const credentials = await declareNodes(client, fleet, data);
    this.#fleet = fleet;
    // This machine's agent need not wait until the simulation has loaded.
    this.#declared.resolve();
    const local = thisMachine(fleet)?.id;
    const others = simulate ? fleet.devices.filter(({ id }) => id !== local) : [];
    await this.#simulated.follow(others.flatMap((device) => simulatedDevice(device, credentials.get(device.id) ?? "")));
  }

  /** Starts this machine's agent as its manifest says, as soon as its device is declared. */
  launchAgent(environment: Readonly<Record<string, string>>): Pick<Running, "stop" | "stopped"> {
    const { data, clock, localAgent, agentUrl } = this.#options;
    const ended = Promise.withResolvers<void>();
    let agent: ReturnType<typeof startAgentProcess> | undefined;
    let cancelled = !localAgent;
    void this.#declared.promise.then(() => {
      const nodeId = this.#fleet === undefined ? undefined : thisMachine(this.#fleet)?.id;
      if (cancelled || nodeId === undefined) return;
      agent = startAgentProcess({
        nodeId,
        hubUrl: agentUrl(),
        credentialFile: credentialPath(data, nodeId),
        dataFolder: data.at("agent"),
        logFile: data.at("agent.log"),
        environment,
        clock,
      });
      void agent.stopped.then(() => ended.resolve());
    });
    const stop = async (): Promise<void> => {
      cancelled = true;
      await agent?.stop();
      ended.resolve();
    };
    this.#stopAgent = stop;
    return { stopped: ended.promise, stop };
  }

  /** Stops the agent and the simulation side by side: each may take seconds to end what it runs. */
  async stop(): Promise<void> {
    await Promise.all([this.#simulated.stop(), this.#stopAgent()]);
  }
}

/** What the simulation is told of a device: its board as the hardware table has it, and its link. Hardware that only an agent can detect is left out. */
const simulatedDevice = ({ id, profile, connectivity }: Device, credential: string): DeviceDescription[] => {
  if (profile.name === "detected") return [];
  const networkBandwidthMbps = (connectivity.bandwidthBytesPerSecond * 8) / 1e6;
  return [{ id, credential, hardware: { ...profile, networkBandwidthMbps }, world: { networkLatencyMs: connectivity.latencyMs } }];
};
