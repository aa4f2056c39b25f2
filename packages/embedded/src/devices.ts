import type { Device, Fleet } from "@fogline/fleet";
import type { Clock } from "@fogline/ports";
import type { Client } from "@fogline/rpc";
import type { Log, Running } from "@fogline/service";
import { type SimulatedDevice, type Simulation, startSimulation } from "@fogline/simulation";
import { startAgentProcess } from "./agent-process.ts";
import type { DataFolder } from "./data-folder.ts";
import { credentialPath, declareNodes } from "./declare.ts";

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
  #simulation: Simulation | undefined;
  #simulated: readonly SimulatedDevice[] = [];

  constructor(options: DevicesOptions) {
    this.#options = options;
  }

  /** The ids of the devices that are to come online here. */
  get expected(): readonly string[] {
    const local = this.#fleet === undefined ? undefined : thisMachine(this.#fleet)?.id;
    return [...(this.#options.localAgent && local !== undefined ? [local] : []), ...this.#simulated.map(({ id }) => id)];
  }

  get simulation(): Simulation | undefined {
    return this.#simulation;
  }

  /** Makes the registry and the simulation follow a fleet. Needs the orchestrator and the gateway to run. */
  async follow(fleet: Fleet): Promise<void> {
    const { client, data, clock, log, simulate, agentUrl } = this.#options;
    const credentials = await declareNodes(client, fleet, data);
    this.#fleet = fleet;
    const local = thisMachine(fleet)?.id;
    const wanted = simulate
      ? fleet.devices.filter(({ id }) => id !== local).map((device) => simulatedDevice(device, credentials.get(device.id) ?? ""))
      : [];
    if (JSON.stringify(wanted) !== JSON.stringify(this.#simulated)) {
      await this.#simulation?.stop();
      this.#simulated = wanted;
      this.#simulation =
        wanted.length === 0
          ? undefined
          : await startSimulation({
              hubUrl: agentUrl(),
              dataFolder: data.at("simulated"),
              devices: wanted,
              logFile: data.at("simulation.log"),
              clock,
            });
      log.info({ devices: wanted.length }, "simulated devices started");
    }
    this.#declared.resolve();
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
    return {
      stopped: ended.promise,
      stop: async () => {
        cancelled = true;
        await agent?.stop();
        ended.resolve();
      },
    };
  }

  async stop(): Promise<void> {
    await this.#simulation?.stop();
  }
}

/** What the simulation is told of a device: its board as the hardware table has it. */
const simulatedDevice = ({ id, profile, connectivity }: Device, credential: string): SimulatedDevice => ({ id, credential, profile, connectivity });
