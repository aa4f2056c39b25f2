import { textOf } from "@fogline/findings";
import type { EmbeddedWorkload, ReconcileStep } from "@fogline/gitops";
import type { Clock } from "@fogline/ports";
import type { Log, Running } from "@fogline/service";

/** Starts one replica of a workload. Rejects when it could not start. */
export type Launch = (workload: EmbeddedWorkload, index: number) => Promise<Pick<Running, "stop" | "stopped">>;

interface Replica {
  readonly index: number;
  running: Pick<Running, "stop" | "stopped"> | undefined;
  ending: boolean;
  cancelRestart: () => void;
  failures: number;
}

const restartMsMin = 1_000;
const restartMsMax = 30_000;

/** The replicas that run, by workload, and what each step of a plan does to them. A replica that ends by itself is started again. */
export class Replicas {
  readonly #workloads = new Map<string, { workload: EmbeddedWorkload; replicas: Replica[] }>();
  readonly #launch: Readonly<Record<string, Launch>>;
  readonly #clock: Clock;
  readonly #log: Log;

  constructor(launch: Readonly<Record<string, Launch>>, clock: Clock, log: Log) {
    this.#launch = launch;
    this.#clock = clock;
    this.#log = log;
  }

  /** What runs, in the order it was started. */
  get workloads(): EmbeddedWorkload[] {
    return [...this.#workloads.values()].map(({ workload }) => workload);
  }

  /** How many replicas of a workload run now. */
  count(name: string): number {
    return this.#workloads.get(name)?.replicas.filter(({ running }) => running !== undefined).length ?? 0;
  }

  /** Performs one step. Rejects when a replica could not start; what was started before stays. */
  async perform(step: ReconcileStep): Promise<void> {
    await this.#executors[step.kind](step as never);
  }

  readonly #executors: { readonly [Kind in ReconcileStep["kind"]]: (step: Extract<ReconcileStep, { kind: Kind }>) => Promise<void> } = {
    stop: async ({ workload }) => this.#stop(workload),
    start: async ({ workload }) => this.#start(workload),
    restart: async ({ workload }) => {
      await this.#stop(workload.name);
      await this.#start(workload);
    },
    scale: async ({ workload }) => this.#scale(workload),
  };

  async #start(workload: EmbeddedWorkload): Promise<void> {
    this.#workloads.set(workload.name, { workload, replicas: [] });
    await this.#scale(workload);
  }

  async #scale(workload: EmbeddedWorkload): Promise<void> {
    const entry = this.#workloads.get(workload.name);
    if (entry === undefined) return;
    entry.workload = workload;
    const surplus = entry.replicas.splice(workload.replicas);
    await Promise.all(surplus.map((replica) => this.#end(replica)));
    for (let index = entry.replicas.length; index < workload.replicas; index++) {
      const replica: Replica = { index, running: undefined, ending: false, cancelRestart: () => undefined, failures: 0 };
      entry.replicas.push(replica);
      await this.#run(workload, replica);
    }
  }

  async #run(workload: EmbeddedWorkload, replica: Replica): Promise<void> {
    const launch = this.#launch[workload.name];
    if (launch === undefined) throw new Error(`no way to start ${workload.name}`);
    const running = await launch(workload, replica.index);
    replica.running = running;
    void running.stopped.then(() => {
      replica.running = undefined;
      if (!replica.ending) this.#restartLater(workload, replica);
    });
  }

  #restartLater(workload: EmbeddedWorkload, replica: Replica): void {
    const waitMs = Math.min(restartMsMax, restartMsMin * 2 ** replica.failures);
    replica.failures++;
    this.#log.warn({ workload: workload.name, replica: replica.index, waitMs }, "a replica ended by itself and is started again");
    replica.cancelRestart = this.#clock.after(waitMs, () => {
      if (replica.ending) return;
      this.#run(workload, replica).catch((thrown: unknown) => {
        this.#log.error({ workload: workload.name, cause: textOf(thrown) }, "a replica could not be started again");
        this.#restartLater(workload, replica);
      });
    });
  }

  async #stop(name: string): Promise<void> {
    const entry = this.#workloads.get(name);
    this.#workloads.delete(name);
    await Promise.all(entry?.replicas.map((replica) => this.#end(replica)) ?? []);
  }

  async #end(replica: Replica): Promise<void> {
    replica.ending = true;
    replica.cancelRestart();
    await replica.running?.stop("the tree no longer wants it");
  }

  /** Stops everything, what was started last first. */
  async stopAll(): Promise<void> {
    for (const name of [...this.#workloads.keys()].toReversed()) await this.#stop(name);
  }
}
