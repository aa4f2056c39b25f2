import { addSimulatedDevice, type Failure, failureOf, type Input, removeNode, revokeCertificates } from "@fogline/contracts";
import { fail, ok, type Result, textOf } from "@fogline/findings";
import { type ConnectivityProfile, type Device, type Fleet, type HardwareProfile, nodeDeclarations } from "@fogline/fleet";
import { declareNode, declareNodes } from "@fogline/orchestrator";
import type { Clock } from "@fogline/ports";
import type { Client } from "@fogline/rpc";
import type { Log, Running } from "@fogline/service";
import { type DeviceDescription, identityFile, type Simulation } from "@fogline/simulation";
import { type AddedDevice, isRegistered, planAdded } from "./added-device.ts";
import { admit } from "./admission.ts";
import { startAgentProcess } from "./agent-process.ts";
import type { DataFolder } from "./data-folder.ts";
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

type AddWish = Input<(typeof addSimulatedDevice)["request"]>;
type AddRefusal = Failure<(typeof addSimulatedDevice)["errors"]>;

/**
 * The devices of a fog on one machine: the real agent of this machine, and one process that simulates all others. Those that were added by hand
 * live beside those of the fleet, until they are removed, the hub stops, or the fleet takes their name.
 */
export class Devices {
  readonly #options: DevicesOptions;
  readonly #declared = Promise.withResolvers<void>();
  #fleet: Fleet | undefined;
  #localToken: string | undefined;
  /** Devices that were revoked: they run here, and are not let in. */
  #out: ReadonlySet<string> = new Set();
  #ofFleet: readonly DeviceDescription[] = [];
  /** With what the simulation is told of them; undefined while a device is only about to be there. */
  readonly #added = new Map<string, DeviceDescription | undefined>();
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
    const here = [...(this.#options.localAgent && local !== undefined ? [local] : []), ...this.#simulated.wanted.map(({ id }) => id)];
    return here.filter((id) => !this.#out.has(id));
  }

  get simulation(): Simulation | undefined {
    return this.#simulated.simulation;
  }

  /** Makes the registry and the simulation follow a fleet. Needs the orchestrator and the gateway to run. */
  async follow(fleet: Fleet): Promise<void> {
    const { client, data, simulate } = this.#options;
    // Devices that left the fleet end while the hub still knows them, so that it takes their last reports.
    const ids = new Set(fleet.devices.map(({ id }) => id));
    for (const id of [...this.#added.keys()]) if (ids.has(id)) this.#added.delete(id);
    const staying = this.#simulated.wanted.filter(({ id }) => ids.has(id) || this.#added.has(id));
    if (staying.length < this.#simulated.wanted.length) await this.#simulated.follow(staying);
    await declareNodes(client, nodeDeclarations(fleet), new Set(this.#added.keys()));
    this.#fleet = fleet;
    const local = thisMachine(fleet)?.id;
    const others = simulate ? fleet.devices.filter(({ id, hardware }) => id !== local && hardware !== "detected") : [];
    // This machine's agent need not wait until the simulation has loaded.
    const mine = local !== undefined && this.#options.localAgent ? [{ id: local, path: data.at("agent", "identity.json") }] : [];
    const machine = await admit(client, mine);
    this.#localToken = machine.tokens.get(local ?? "");
    this.#declared.resolve();
    const { tokens, out } = await admit(
      client,
      others.map(({ id }) => this.#kept(id)),
    );
    this.#out = new Set([...machine.out, ...out]);
    this.#ofFleet = others.flatMap((device) => described(device, tokens.get(device.id)));
    await this.#simulate();
  }

  /** Adds a simulated device that the fleet does not know. Resolves when its agent runs; it enrols and connects by itself. */
  async add(wish: AddWish): Promise<Result<{ id: string }, AddRefusal>> {
    const { client, simulate, log } = this.#options;
    const { id } = wish;
    if (!simulate) return fail(failureOf(addSimulatedDevice, "cannotSimulate", { why: "this hub runs without simulated devices" }));
    const planned = planAdded(wish, this.#fleet, new Set(this.#added.keys()));
    if (!planned.ok) return planned;
    // From here on nobody else gets the name.
    this.#added.set(id, undefined);
    try {
      if (await isRegistered(client, id)) {
        this.#added.delete(id);
        return fail(failureOf(addSimulatedDevice, "idTaken", { id }));
      }
      await declareNode(client, planned.value.declaration);
      await this.#start(id, planned.value);
      return ok({ id });
    } catch (thrown) {
      log.warn({ device: id, cause: textOf(thrown) }, "a simulated device could not be added");
      await this.remove(id);
      return fail(failureOf(addSimulatedDevice, "cannotSimulate", { why: textOf(thrown) }));
    }
  }

  /** Ends a device that was added, and forgets it; false when there is none. */
  async remove(id: string): Promise<boolean> {
    if (!this.#added.delete(id)) return false;
    const { client, log } = this.#options;
    await this.#simulate().catch((thrown: unknown) => log.warn({ device: id, cause: textOf(thrown) }, "a simulated device did not end in order"));
    await client.call(revokeCertificates, { id });
    await client.call(removeNode, { id });
    return true;
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
        token: this.#localToken,
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

  async #start(id: string, { profile, site }: AddedDevice): Promise<void> {
    const { tokens } = await admit(this.#options.client, [this.#kept(id)]);
    const [device] = described({ id, profile, connectivity: site.connectivity }, tokens.get(id));
    // It may have been removed, or taken into the fleet, meanwhile.
    if (!this.#added.has(id)) return;
    this.#added.set(id, device);
    await this.#simulate();
  }

  #simulate(): Promise<void> {
    const added = [...this.#added.values()].filter((device) => device !== undefined);
    return this.#simulated.follow([...this.#ofFleet, ...added]);
  }

  #kept(id: string) {
    return { id, path: identityFile(this.#options.data.at("simulated"), id) };
  }
}

interface Described {
  readonly id: string;
  readonly profile: HardwareProfile;
  readonly connectivity: ConnectivityProfile;
}

/** What the simulation is told of a device: its board as the hardware table has it, and its link. Hardware that only an agent can detect is left out. */
const described = ({ id, profile, connectivity }: Described, token: string | undefined): DeviceDescription[] => {
  if (profile.name === "detected") return [];
  const networkBandwidthMbps = (connectivity.bandwidthBytesPerSecond * 8) / 1e6;
  const board = { id, hardware: { ...profile, networkBandwidthMbps }, world: { networkLatencyMs: connectivity.latencyMs } };
  return [token === undefined ? board : { ...board, token }];
};
