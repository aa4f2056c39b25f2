import type { GitOpsStatus, ReconciledWorkload } from "@fogline/contracts";
import { type Finding, textOf } from "@fogline/findings";
import { type EmbeddedWorkload, type Interpreted, interpret, planReconcile, readTree, type TreeFiles } from "@fogline/gitops";
import type { Clock } from "@fogline/ports";
import type { Log } from "@fogline/service";
import { clusterStatuses, type DeclaredCluster } from "./clusters.ts";
import type { LastGood } from "./last-good.ts";
import { type Launch, Replicas } from "./replicas.ts";

/** A workload that the reconciler can run. */
export interface Launcher {
  /** Listens on a port of this machine: one replica at most. */
  readonly listens: boolean;
  /** What is wrong with an environment, before anything is touched. */
  readonly check: (environment: Readonly<Record<string, string>>) => readonly Finding[];
  readonly launch: Launch;
}

/** A revision to apply: its name and the files of the cluster's tree. */
export interface Candidate {
  readonly revision: string;
  readonly files: TreeFiles;
}

/** Why a revision was refused: what is wrong with it, or what its start threw. */
export interface Refusal {
  readonly findings: readonly Finding[];
  readonly cause?: unknown;
}

export interface ReconcilerOptions {
  readonly cluster: string;
  /** Every cluster of the fleet, in the order of the rings. */
  readonly clusters: () => readonly DeclaredCluster[];
  readonly watching: boolean;
  readonly launchers: Readonly<Record<string, Launcher>>;
  readonly lastGood: { read(): LastGood | undefined; write(value: LastGood): void };
  readonly clock: Clock;
  readonly log: Log;
  /** Told when the status is another one; not for the time of the last look alone. */
  readonly changed: (status: GitOpsStatus) => void;
}

/** How often what runs is compared with the tree when nothing happens; what happens meanwhile is seen at once. */
export const lookMs = 30_000;

/**
 * Stands in for Flux on one machine: makes the workloads of a tree run and nothing else. A revision is applied as a whole or not at all: one
 * that does not read, does not check or does not start is refused and the last good revision keeps running, across restarts too.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #replicas: Replicas;
  #applied: { revision: string; atMs: number; interpreted: Interpreted } | undefined;
  #attempted: string | undefined;
  #refused: GitOpsStatus["refused"] = [];
  #refusal: Refusal = { findings: [] };
  #queue: Promise<unknown> = Promise.resolve();
  /** While a revision is being applied, what is on its way is no drift. */
  #applying = false;
  #reconciledAtMs: number | null = null;
  #told = "";
  #cancelLook: () => void = () => {};
  #stopped = false;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    const launch = Object.fromEntries(Object.entries(options.launchers).map(([name, launcher]) => [name, launcher.launch]));
    this.#replicas = new Replicas(launch, options.clock, options.log, () => this.#compared());
  }

  /** Applies a revision after those asked for before it. Resolves with whether it runs now. */
  apply(candidate: Candidate): Promise<boolean> {
    const result = this.#queue.then(() => this.#apply(candidate));
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /** Refuses a revision before its tree is looked at, because of something else that it holds. */
  refuse(revision: string, findings: readonly Finding[]): void {
    this.#attempted = revision;
    this.#refuse(revision, findings);
    this.#compared();
  }

  /** Why the newest refused revision was refused. */
  get refusal(): Refusal {
    return this.#refusal;
  }

  /** Runs the last good revision; false when there is none or it no longer starts. */
  async applyLastGood(): Promise<boolean> {
    const lastGood = this.#options.lastGood.read();
    if (lastGood === undefined) return false;
    const refused = this.#refused;
    const attempted = this.#attempted;
    const runs = await this.apply(lastGood);
    if (runs) {
      this.#refused = refused;
      this.#attempted = attempted;
      this.#tell();
    }
    return runs;
  }

  /** Stops everything that runs; what is asked for from now on is not applied. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelLook();
    await this.#queue;
    await this.#replicas.stopAll();
  }

  status(): GitOpsStatus {
    const wanted = this.#applied?.interpreted.workloads ?? [];
    return {
      cluster: this.#options.cluster,
      appliedRevision: this.#applied?.revision ?? null,
      appliedAtMs: this.#applied?.atMs ?? null,
      attemptedRevision: this.#attempted ?? null,
      watching: this.#options.watching,
      refused: this.#refused,
      workloads: wanted.map((workload) => this.#describe(workload)),
      notEnforced: [...(this.#applied?.interpreted.notEnforced ?? [])],
      clusters: clusterStatuses(this.#options.clusters(), {
        ...{ cluster: this.#options.cluster, watching: this.#options.watching, refused: this.#refused },
        ...{ wantedRevision: this.#attempted ?? null, appliedRevision: this.#applied?.revision ?? null },
        ...{ lastReconciledAtMs: this.#reconciledAtMs, drift: this.#drift(wanted) },
      }),
    };
  }

  /** Workloads that do not run as the tree says, with how they differ. */
  #drift(wanted: readonly EmbeddedWorkload[]): { object: string; message: string }[] {
    if (this.#applying) return [];
    return wanted.flatMap(({ name, replicas }) => {
      const running = this.#replicas.count(name);
      if (running === replicas) return [];
      const why = this.#replicas.problems(name);
      return [{ object: name, message: [`${running} of ${replicas} replicas run`, ...why].join("; ") }];
    });
  }

  /** What runs was compared with the tree. What differs is being mended already: a replica that does not run has a restart under way. */
  #compared(): void {
    if (this.#applying || this.#stopped) return;
    this.#reconciledAtMs = this.#options.clock.now();
    this.#tell();
    this.#cancelLook();
    this.#cancelLook = this.#options.clock.after(lookMs, () => this.#compared());
  }

  #tell(): void {
    const status = this.status();
    const lasting = { ...status, clusters: status.clusters.map((cluster) => ({ ...cluster, lastReconciledAtMs: null })) };
    const text = JSON.stringify(lasting);
    if (text === this.#told) return;
    this.#told = text;
    this.#options.changed(status);
  }

  #describe(workload: EmbeddedWorkload): ReconciledWorkload {
    const running = this.#replicas.count(workload.name);
    const base = { name: workload.name, version: workload.version, replicas: workload.replicas, running };
    if (workload.replicas === 0) return { ...base, status: "stopped", reason: "the tree asks for no replica" };
    if (running === workload.replicas) return { ...base, status: "running", reason: `${running} of ${workload.replicas} run` };
    return { ...base, status: "failed", reason: `${running} of ${workload.replicas} run; the rest is being started again` };
  }

  async #apply(candidate: Candidate): Promise<boolean> {
    if (this.#stopped) return false;
    this.#attempted = candidate.revision;
    this.#applying = true;
    try {
      return await this.#attempt(candidate);
    } finally {
      this.#applying = false;
      this.#compared();
    }
  }

  async #attempt({ revision, files }: Candidate): Promise<boolean> {
    const { interpreted, findings } = this.#read(files);
    if (interpreted === undefined) return this.#refuse(revision, findings);
    const before = this.#replicas.workloads;
    try {
      await this.#move(interpreted.workloads);
    } catch (thrown) {
      for (const step of planReconcile(this.#replicas.workloads, before)) await this.#replicas.persist(step);
      return this.#refuse(revision, [{ code: "FL3014", severity: "error", message: textOf(thrown) }], thrown);
    }
    this.#applied = { revision, atMs: this.#options.clock.now(), interpreted };
    this.#refused = [];
    this.#options.lastGood.write({ revision, files });
    this.#options.log.info({ revision, workloads: interpreted.workloads.length }, "applied a revision of the tree");
    return true;
  }

  #read(files: TreeFiles): { interpreted?: Interpreted; findings: readonly Finding[] } {
    const { tree, findings } = readTree(files, this.#options.cluster);
    if (tree === undefined) return { findings };
    const interpreted = interpret(tree, this.#options.launchers);
    const problems = [
      ...interpreted.findings,
      ...interpreted.workloads.flatMap(({ name, environment }) => this.#options.launchers[name]?.check(environment) ?? []),
    ];
    return problems.some(({ severity }) => severity === "error") ? { findings: problems } : { interpreted, findings: problems };
  }

  #refuse(revision: string, findings: readonly Finding[], cause?: unknown): false {
    this.#refusal = { findings, cause };
    this.#refused = findings.map(({ message, place }) => ({ path: place?.file ?? place?.path ?? "", message }));
    this.#options.log.error({ revision, refused: this.#refused, running: this.#applied?.revision ?? null }, "refused a revision of the tree");
    return false;
  }

  async #move(wanted: readonly EmbeddedWorkload[]): Promise<void> {
    for (const step of planReconcile(this.#replicas.workloads, wanted)) {
      this.#options.log.info({ step: step.kind, workload: typeof step.workload === "string" ? step.workload : step.workload.name }, "reconcile");
      await this.#replicas.perform(step);
    }
  }
}
