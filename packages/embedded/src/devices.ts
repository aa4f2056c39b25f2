import { textOf } from "@fogline/findings";
import type { Device, Fleet } from "@fogline/fleet";
import type { Clock } from "@fogline/ports";
import type { Client } from "@fogline/rpc";
import type { Log, Running } from "@fogline/service";
import { type DeviceDescription, type Simulation, startSimulation } from "@fogline/simulation";
import { startAgentProcess } from "./agent-process.ts";
import type { DataFolder } from "./data-folder.ts";
import { credentialPath, declareNodes } from "./declare.ts";
import { logFile } from "./log-file.ts";
import { leanNode, simulationProgram } from "./programs.ts";

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
  #simulated: readonly DeviceDescription[] = [];
  #stopAgent = async (): Promise<void> => undefined;
  #stopping = false;

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
    const { client, data, simulate } = this.#options;
    const credentials = await declareNodes(client, fleet, data);
    this.#fleet = fleet;
    // This machine's agent need not wait until the simulation has loaded.
    this.#declared.resolve();
    const local = thisMachine(fleet)?.id;
    const others = simulate ? fleet.devices.filter(({ id }) => id !== local) : [];
    const wanted = others.flatMap((device) => simulatedDevice(device, credentials.get(device.id) ?? ""));
    if (JSON.stringify(wanted) !== JSON.stringify(this.#simulated)) {
      const before = this.#simulation;
      this.#simulated = wanted;
      this.#simulation = undefined;
      await before?.stop();
      if (wanted.length > 0) await this.#simulate(wanted).catch((thrown: unknown) => this.#notSimulated(thrown, wanted));
    }
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

  async #simulate(devices: readonly DeviceDescription[]): Promise<void> {
    const { data, log, agentUrl } = this.#options;
    const lines = logFile(data.at("simulation.log"));
    const simulation = await startSimulation({
      command: [process.execPath, ...leanNode, simulationProgram()],
      hubUrl: agentUrl(),
      dataFolder: data.at("simulated"),
      devices,
      log: (line) => lines.write(`${line}\n`),
    });
    void simulation.ended.then(() => {
      lines.end();
      if (this.#stopping || this.#simulation !== simulation) return;
      this.#simulation = undefined;
      log.error("the simulation ended by itself and is started again");
      this.#simulateLater(devices);
    });
    // Other devices were asked for while these started.
    if (this.#stopping || this.#simulated !== devices) return simulation.stop();
    this.#simulation = simulation;
    log.info({ devices: devices.length, process: simulation.processId }, "simulated devices started");
  }

  /** Who asked hears of it, and it is tried again for as long as these devices are wanted. */
  #notSimulated(thrown: unknown, devices: readonly DeviceDescription[]): never {
    this.#simulateLater(devices);
    throw thrown;
  }

  #simulateLater(devices: readonly DeviceDescription[]): void {
    this.#options.clock.after(restartMs, () => {
      if (this.#stopping || this.#simulated !== devices) return;
      this.#simulate(devices).catch((thrown: unknown) => {
        this.#options.log.error({ cause: textOf(thrown) }, "the simulation could not be started again");
        this.#simulateLater(devices);
      });
    });
  }

  /** Stops the agent and the simulation side by side: each may take seconds to end what it runs. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all([this.#simulation?.stop(), this.#stopAgent()]);
  }
}

/** Pause before a simulation that ended by itself is started again. */
const restartMs = 1_000;

/** What the simulation is told of a device: its board as the hardware table has it, and its link. Hardware that only an agent can detect is left out. */
const simulatedDevice = ({ id, profile, connectivity }: Device, credential: string): DeviceDescription[] => {
  if (profile.name === "detected") return [];
  const networkBandwidthMbps = (connectivity.bandwidthBytesPerSecond * 8) / 1e6;
  return [{ id, credential, hardware: { ...profile, networkBandwidthMbps }, world: { networkLatencyMs: connectivity.latencyMs } }];
};
