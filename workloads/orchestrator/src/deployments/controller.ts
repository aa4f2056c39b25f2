import { cancelTask, createTask, getTask, type TaskRecord, type TaskStatus } from "@fogline/contracts";
import type { Clock } from "@fogline/ports";
import type { Client } from "@fogline/rpc";
import { backoffMs, plan, type Replica, type Step } from "./plan.ts";
import type { Deployment, Deployments, StoredReplica } from "./repository.ts";
import { taskOf } from "./task.ts";

export interface ControllerParts {
  readonly deployments: Deployments;
  readonly client: Client;
  readonly clock: Clock;
  readonly settings: { readonly redeployBackoffMs: number; readonly redeployBackoffMsMax: number };
  /** Told when a pass failed; it is tried again. */
  readonly failed: (what: string, error: unknown) => void;
}

/** Rounds of one pass: a replica takes three (replace, create, cancel of what was stopped meanwhile); more would be a planner that never ends. */
const roundsMax = 5;

/** Keys belong to a principal: every replica and every restart of this service must be the same one. */
const creator = { name: "orchestrator", role: "service" } as const;

const ended: Readonly<Record<TaskStatus, boolean>> = {
  queued: false,
  assigned: false,
  running: false,
  succeeded: true,
  failed: true,
  cancelled: true,
  unknown: true,
};

/**
 * Makes the tasks of the scheduler match the deployments. Invariants:
 * - one pass per deployment at a time in this process; across processes the idempotency key and the conditions of each write decide;
 * - `requested` is committed before a task is asked for, and every request of one generation has one key, so a crash never doubles a replica.
 */
export class DeploymentController {
  readonly #parts: ControllerParts;
  readonly #running = new Map<string, Promise<void>>();
  readonly #again = new Set<string>();
  readonly #timers = new Map<string, () => void>();
  #stopped = false;

  constructor(parts: ControllerParts) {
    this.#parts = parts;
  }

  /** Compares every deployment with the tasks that exist: at the start, and now and then because events are only hints. */
  async resync(): Promise<void> {
    for (const deployment of await this.#parts.deployments.list()) {
      await this.#refresh(deployment);
      await this.reconcile(deployment.id);
    }
  }

  /** A task changed; when it is a replica its deployment is looked at again. */
  async taskChanged(task: TaskRecord): Promise<void> {
    const id = await this.#parts.deployments.ofTask(task.id);
    if (id === undefined) return;
    await this.#store(id, task);
    await this.reconcile(id);
  }

  /** Runs a pass, or has the one that runs look again when it is done. Resolves when a pass that began after this call is over. */
  reconcile(id: string): Promise<void> {
    const running = this.#running.get(id);
    if (running !== undefined) {
      this.#again.add(id);
      return running;
    }
    const pass = this.#passes(id).finally(() => this.#running.delete(id));
    this.#running.set(id, pass);
    return pass;
  }

  /** No new passes; waits for those that run. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    await Promise.allSettled(this.#running.values());
  }

  async #passes(id: string): Promise<void> {
    do {
      this.#again.delete(id);
      try {
        await this.#pass(id);
      } catch (error) {
        this.#parts.failed(`deployment "${id}"`, error);
        this.#wake(id, this.#parts.settings.redeployBackoffMs);
      }
    } while (this.#again.has(id) && !this.#stopped);
  }

  async #pass(id: string): Promise<void> {
    // A cancelled task ends when its device says so: asking once a pass is enough.
    const done = new Set<string>();
    for (let round = 0; round < roundsMax && !this.#stopped; round++) {
      const deployment = await this.#parts.deployments.get(id);
      if (deployment === undefined) return;
      const nowMs = this.#parts.clock.now();
      const steps = plan(deployment.spec, deployment.stopped, deployment.replicas, nowMs);
      const waits = steps.flatMap((step) => (step.kind === "wait" ? [step.untilMs - nowMs] : []));
      if (waits.length > 0) this.#wake(id, Math.min(...waits));
      const todo = steps.filter((step) => step.kind !== "wait" && !done.has(JSON.stringify(step)));
      if (todo.length === 0) return;
      for (const step of todo) {
        done.add(JSON.stringify(step));
        await this.#perform(deployment, step);
      }
    }
  }

  #perform(deployment: Deployment, step: Step): Promise<void> {
    const table: { readonly [Kind in Step["kind"]]: (step: Extract<Step, { kind: Kind }>) => Promise<void> } = {
      create: (create) => this.#create(deployment, create.index, create.generation),
      replace: (replace) => this.#replace(deployment, replace.index, replace.generation),
      cancel: (cancel) => this.#cancel(deployment, cancel.taskId),
      wait: async () => {},
    };
    return (table[step.kind] as (step: Step) => Promise<void>)(step);
  }

  async #create({ id, spec }: Deployment, index: number, generation: number): Promise<void> {
    const { client, clock, settings, deployments } = this.#parts;
    await this.#update(id, index, (replica) => (replica.generation === generation && replica.taskId === null ? { requested: true } : undefined));
    const answer = await client.call(createTask, taskOf(spec, index), {
      idempotencyKey: `deployment.${id}.${index}.${generation}`,
      principal: creator,
    });
    if (answer.ok) {
      const task = answer.value;
      await this.#update(id, index, (replica) =>
        replica.generation === generation && replica.taskId === null ? { taskId: task.id, ...seen(task, replica) } : undefined,
      );
      return;
    }
    // A declared refusal says that no task was made; after anything else one may exist, and the same key finds it.
    const refused = answer.failure.error === "queueFull" || answer.failure.error === "refusedByPolicy";
    await this.#update(id, index, (replica) => {
      const failures = replica.failures + 1;
      const waitMs = backoffMs(failures, { firstMs: settings.redeployBackoffMs, maxMs: settings.redeployBackoffMsMax });
      return { requested: !refused, failures, retryAtMs: clock.now() + waitMs, problem: answer.failure.message };
    });
    const after = await deployments.get(id);
    if (after?.stopped) throw new Error(`its replica ${index} may have a task that cannot be found now: ${answer.failure.message}`);
  }

  async #replace({ id }: Deployment, index: number, generation: number): Promise<void> {
    await this.#update(id, index, (replica) =>
      replica.generation === generation - 1
        ? { generation, requested: false, taskId: null, taskStatus: null, taskNode: null, taskVersion: 0 }
        : undefined,
    );
  }

  async #cancel({ id }: Deployment, taskId: string): Promise<void> {
    const answer = await this.#parts.client.call(cancelTask, { id: taskId });
    if (answer.ok) {
      await this.#store(id, answer.value);
      // The scheduler says so when the execution has ended; until then this place is as good as free.
      if (!ended[answer.value.status]) this.#wake(id, this.#parts.settings.redeployBackoffMsMax);
      return;
    }
    if (answer.failure.error !== "notFound") throw new Error(`its task "${taskId}" could not be cancelled: ${answer.failure.message}`);
    await this.#forget(id, taskId);
  }

  /** Asks the scheduler for the tasks of the replicas: what happened while nobody listened. */
  async #refresh(deployment: Deployment): Promise<void> {
    for (const replica of deployment.replicas) {
      if (replica.taskId === null || (replica.taskStatus !== null && ended[replica.taskStatus])) continue;
      const answer = await this.#parts.client.call(getTask, { id: replica.taskId });
      if (answer.ok) await this.#store(deployment.id, answer.value);
      else if (answer.failure.error === "notFound") await this.#forget(deployment.id, replica.taskId);
    }
  }

  async #store(id: string, task: TaskRecord): Promise<void> {
    const { clock, settings, deployments } = this.#parts;
    await deployments.change(id, ({ replicas, stopped }) => {
      const replica = replicas.find((candidate) => candidate.taskId === task.id);
      if (replica === undefined || replica.taskVersion >= task.version) return undefined;
      const next = { ...replica, ...seen(task, replica) };
      if (!ended[task.status] || stopped) return { replicas: [next] };
      const ranLong = (task.finishedAtMs ?? 0) - (task.startedAtMs ?? task.finishedAtMs ?? 0) >= settings.redeployBackoffMsMax;
      const failures = ranLong ? 1 : replica.failures + 1;
      const waitMs = backoffMs(failures, { firstMs: settings.redeployBackoffMs, maxMs: settings.redeployBackoffMsMax });
      return { replicas: [{ ...next, failures, retryAtMs: clock.now() + waitMs, problem: `its task ${task.status}: ${task.reason}` }] };
    });
  }

  /** The scheduler does not know the task (any more). */
  async #forget(id: string, taskId: string): Promise<void> {
    await this.#parts.deployments.change(id, ({ replicas }) => {
      const replica = replicas.find((candidate) => candidate.taskId === taskId);
      return replica && { replicas: [{ ...replica, taskStatus: "unknown", problem: "the scheduler does not know its task" }] };
    });
  }

  async #update(id: string, index: number, patch: (replica: StoredReplica) => Partial<StoredReplica> | undefined): Promise<void> {
    await this.#parts.deployments.change(id, ({ replicas }) => {
      const replica = replicas.find((candidate) => candidate.index === index) ?? { ...neverMade, index };
      const change = patch(replica);
      return change && { replicas: [{ ...replica, ...change }] };
    });
  }

  #wake(id: string, afterMs: number): void {
    if (this.#stopped) return;
    this.#timers.get(id)?.();
    const run = () => {
      this.#timers.delete(id);
      void this.reconcile(id);
    };
    this.#timers.set(id, this.#parts.clock.after(Math.max(1, afterMs), run));
  }
}

const neverMade: Omit<StoredReplica, "index"> = {
  generation: 0,
  requested: false,
  taskId: null,
  taskStatus: null,
  taskNode: null,
  taskVersion: 0,
  failures: 0,
  retryAtMs: 0,
  problem: null,
};

/** What a task's record says of its replica. */
const seen = (task: TaskRecord, replica: Replica) => ({
  taskStatus: task.status,
  taskNode: task.node,
  taskVersion: task.version,
  problem: task.status === "running" ? null : replica.problem,
});
