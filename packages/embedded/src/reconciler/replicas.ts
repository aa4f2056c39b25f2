import { textOf } from "@fogline/findings";
import type { EmbeddedWorkload, ReconcileStep } from "@fogline/gitops";
import type { Clock } from "@fogline/ports";
import type { Log, Running } from "@fogline/service";

/** Starts one replica of a workload. Rejects when it could not start. */
export type Launch = (workload: EmbeddedWorkload, index: number) => Promise<Pick<Running, "stop" | "stopped">>;

interface Replica {
  readonly index: number;
  /** Set while it runs. */
  running: Pick<Running, "stop" | "stopped"> | undefined;
  /** Resolves, whatever comes of it, when the start in progress is over. */
  starting: Promise<unknown> | undefined;
  /** It is to end, and does not come back. */
  ending: boolean;
  cancelRestart: () => void;
  /** Why it does not run, when it should. */
  problem: string | undefined;
  /** Ends in a row without a steady run between them. */
  failures: number;
}

interface Entry {
  workload: EmbeddedWorkload;
  readonly replicas: Replica[];
}

/** The pause before a replica that ended by itself is started again: the least, doubled with every end in a row, up to the most. */
export const restartMsMin = 1_000;
export const restartMsMax = 30_000;
/** A replica that ran this long was steady: its next end counts as the first. */
export const steadyMs = 60_000;

/**
 * The replicas that run, by workload, and what each step of a plan does to them. Invariants: a replica that is wanted and does not run has a
 * start or a restart under way; one that is not wanted any more has ended, its start in progress included, before its place is given away.
 */
export class Replicas {
  readonly #entries = new Map<string, Entry>();
  readonly #launch: Readonly<Record<string, Launch>>;
  readonly #clock: Clock;
  readonly #log: Log;
  /** Told when a replica ended by itself, started again, or failed to. */
  readonly #changed: () => void;

  constructor(launch: Readonly<Record<string, Launch>>, clock: Clock, log: Log, changed: () => void) {
    this.#changed = changed;
    this.#launch = launch;
    this.#clock = clock;
    this.#log = log;
  }

  /** What is wanted, in the order it was started. */
  get workloads(): EmbeddedWorkload[] {
    return [...this.#entries.values()].map(({ workload }) => workload);
  }

  /** How many replicas of a workload run now. */
  count(name: string): number {
    return this.#entries.get(name)?.replicas.filter(({ running }) => running !== undefined).length ?? 0;
  }

  /** Why replicas of a workload do not run, each with its number. */
  problems(name: string): string[] {
    const replicas = this.#entries.get(name)?.replicas ?? [];
    return replicas.flatMap(({ index, running, problem }) => (running === undefined ? [`replica ${index} ${problem ?? "is starting"}`] : []));
  }

  /** Performs one step. Rejects when a replica could not start; what was started before stays. */
  async perform(step: ReconcileStep): Promise<void> {
    await this.#executors[step.kind](step as never);
  }

  /** Performs one step of going back: a replica that does not start is tried again later, because there is nothing else to go to. */
  async persist(step: ReconcileStep): Promise<void> {
    await this.perform(step).catch((thrown: unknown) => {
      this.#log.error({ step: step.kind, cause: textOf(thrown) }, "a replica of the last good revision did not start and is tried again");
    });
    const entry = this.#entries.get(nameOf(step));
    if (entry === undefined) return;
    for (let index = entry.replicas.length; index < entry.workload.replicas; index++) entry.replicas.push(newReplica(index));
    for (const replica of entry.replicas) {
      if (replica.running === undefined && replica.starting === undefined) this.#restartLater(entry, replica);
    }
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
    this.#entries.set(workload.name, { workload, replicas: [] });
    await this.#scale(workload);
  }

  async #scale(workload: EmbeddedWorkload): Promise<void> {
    const entry = this.#entries.get(workload.name);
    if (entry === undefined) return;
    entry.workload = workload;
    await Promise.all(entry.replicas.splice(workload.replicas).map((replica) => this.#end(replica)));
    for (let index = entry.replicas.length; index < workload.replicas; index++) {
      const replica = newReplica(index);
      entry.replicas.push(replica);
      await this.#run(workload, replica);
    }
  }

  async #run(workload: EmbeddedWorkload, replica: Replica): Promise<void> {
    const launch = this.#launch[workload.name];
    if (launch === undefined) throw new Error(`no way to start ${workload.name}`);
    const starting = launch(workload, replica.index);
    replica.starting = starting.then(
      (running) => {
        replica.running = running;
        replica.starting = undefined;
        replica.problem = undefined;
      },
      (thrown: unknown) => {
        replica.starting = undefined;
        replica.problem = `could not start: ${textOf(thrown)}`;
      },
    );
    const running = await starting;
    const startedMs = this.#clock.monotonicMs();
    void running.stopped.then(() => {
      replica.running = undefined;
      replica.problem = "ended by itself";
      if (this.#clock.monotonicMs() - startedMs >= steadyMs) replica.failures = 0;
      const entry = this.#entries.get(workload.name);
      if (!replica.ending && entry !== undefined) this.#restartLater(entry, replica);
    });
  }

  #restartLater(entry: Entry, replica: Replica): void {
    const waitMs = Math.min(restartMsMax, restartMsMin * 2 ** replica.failures);
    const { name } = entry.workload;
    replica.failures++;
    this.#log.warn({ workload: name, replica: replica.index, waitMs }, "a replica does not run and is started again");
    replica.cancelRestart();
    replica.cancelRestart = this.#clock.after(waitMs, () => {
      if (replica.ending) return;
      this.#run(entry.workload, replica).then(this.#changed, (thrown: unknown) => {
        this.#log.error({ workload: name, cause: textOf(thrown) }, "a replica could not be started again");
        if (!replica.ending) this.#restartLater(entry, replica);
      });
    });
    this.#changed();
  }

  async #stop(name: string): Promise<void> {
    const entry = this.#entries.get(name);
    this.#entries.delete(name);
    await Promise.all(entry?.replicas.map((replica) => this.#end(replica)) ?? []);
  }

  async #end(replica: Replica): Promise<void> {
    replica.ending = true;
    replica.cancelRestart();
    await replica.starting;
    await replica.running?.stop("the tree no longer wants it");
  }

  /** Stops everything, what was started last first. */
  async stopAll(): Promise<void> {
    for (const name of [...this.#entries.keys()].toReversed()) await this.#stop(name);
  }
}

const newReplica = (index: number): Replica => ({
  index,
  running: undefined,
  starting: undefined,
  ending: false,
  cancelRestart: () => undefined,
  problem: undefined,
  failures: 0,
});

const nameOf = ({ workload }: ReconcileStep): string => (typeof workload === "string" ? workload : workload.name);
