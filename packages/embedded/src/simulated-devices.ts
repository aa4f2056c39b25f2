import { textOf } from "@fogline/findings";
import type { Clock } from "@fogline/ports";
import type { Log } from "@fogline/service";
import { type DeviceDescription, type Simulation, startSimulation } from "@fogline/simulation";
import { logFile } from "./log-file.ts";
import { leanNode, simulationProgram } from "./programs.ts";
import { planSimulation } from "./simulation-plan.ts";

export interface SimulatedDevicesOptions {
  /** Holds the databases of the devices. */
  readonly dataFolder: string;
  /** Takes what the simulating process complains of. */
  readonly logPath: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Where agents connect. The simulation is started anew when it has changed. */
  readonly agentUrl: () => string;
}

/** Pause before a simulation that ended by itself, or a device that could not be changed, is tried again. */
const againMs = 1_000;

/**
 * Keeps one process that simulates the wanted devices. Invariants: at most one process is used at a time; what is wanted is brought about by one
 * settlement after another; a device whose description stays is touched only when the process itself must be another one.
 */
export class SimulatedDevices {
  readonly #options: SimulatedDevicesOptions;
  #wanted: readonly DeviceDescription[] = [];
  #running: { readonly simulation: Simulation; readonly hubUrl: string } | undefined;
  #settled: Promise<void> = Promise.resolve();
  #ending: Promise<void> | undefined;
  #comesAgain = false;
  #stopping = false;

  constructor(options: SimulatedDevicesOptions) {
    this.#options = options;
  }

  /** What is to be simulated, whether or not it is by now. */
  get wanted(): readonly DeviceDescription[] {
    return this.#wanted;
  }

  get simulation(): Simulation | undefined {
    return this.#running?.simulation;
  }

  /** Makes the simulated devices the wanted ones. Rejects when that fails; it is then tried again for as long as they are wanted. */
  follow(wanted: readonly DeviceDescription[]): Promise<void> {
    this.#wanted = wanted;
    return this.#settleInTurn();
  }

  /** Ends every device within seconds. Nothing is started afterwards. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all([this.#running?.simulation.stop(), this.#ending]);
  }

  #settleInTurn(): Promise<void> {
    const done = this.#settled.then(() => this.#settle());
    this.#settled = done.catch(() => this.#settleLater());
    return done;
  }

  #settleLater(): void {
    if (this.#comesAgain || this.#stopping) return;
    this.#comesAgain = true;
    this.#options.clock.after(againMs, () => {
      this.#comesAgain = false;
      this.#settleInTurn().catch((thrown: unknown) => {
        if (!this.#stopping) this.#options.log.error({ cause: textOf(thrown) }, "the simulated devices could not be made the wanted ones");
      });
    });
  }

  async #settle(): Promise<void> {
    if (this.#stopping) return;
    const wanted = this.#wanted;
    const running = this.#running;
    if (running?.hubUrl === this.#options.agentUrl()) {
      await this.#change(running.simulation, wanted);
      if (wanted.length > 0) return;
    }
    this.#running = undefined;
    this.#ending = running?.simulation.stop();
    await this.#ending;
    if (wanted.length > 0 && !this.#stopping) await this.#start(wanted);
  }

  /** Changes devices of the running process side by side. One that fails does not hold the others back; the first failure is thrown in the end. */
  async #change(simulation: Simulation, wanted: readonly DeviceDescription[]): Promise<void> {
    const { remove, add, replace, keep } = planSimulation(simulation.descriptions, wanted);
    if (remove.length + add.length + replace.length === 0) return;
    const replaced = async (device: DeviceDescription): Promise<void> => {
      // Results that the hub has not taken yet and what has run already are in its store: it is still the same device.
      await simulation.remove(device.id, { keepStore: true });
      await simulation.add(device);
    };
    const outcomes = await Promise.allSettled([
      ...remove.map((id) => simulation.remove(id)),
      ...replace.map(replaced),
      ...add.map((device) => simulation.add(device)),
    ]);
    const counts = { added: add.length, removed: remove.length, replaced: replace.length, kept: keep.length };
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    this.#options.log.info(counts, "simulated devices changed");
  }

  async #start(devices: readonly DeviceDescription[]): Promise<void> {
    const { dataFolder, logPath, log, agentUrl } = this.#options;
    const lines = logFile(logPath);
    const hubUrl = agentUrl();
    const simulation = await startSimulation({
      command: [process.execPath, ...leanNode, simulationProgram()],
      hubUrl,
      dataFolder,
      devices,
      log: (line) => lines.write(`${line}\n`),
    }).catch((thrown: unknown) => {
      lines.end();
      throw thrown;
    });
    void simulation.ended.then(() => {
      lines.end();
      if (this.#stopping || this.#running?.simulation !== simulation) return;
      this.#running = undefined;
      log.error("the simulation ended by itself and is started again");
      this.#settleLater();
    });
    if (this.#stopping) return simulation.stop();
    this.#running = { simulation, hubUrl };
    log.info({ devices: devices.length, process: simulation.processId }, "simulated devices started");
  }
}
