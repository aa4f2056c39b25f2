import { assignExecution, cancelExecution, type TaskSpec } from "@fogline/contracts";
import type { Clock } from "@fogline/ports";
import type { AnyFailure, Client } from "@fogline/rpc";
import type { Log } from "@fogline/service";
import { handOver } from "./records.ts";

/** How a hand-over went. `nobody`: it provably reached no agent. `perhaps`: it may have, or may yet. */
export type HandOverResult = "written" | "nobody" | "perhaps";

export interface HandOverTask {
  readonly taskId: string;
  readonly attempt: number;
  readonly executionId: string;
  readonly node: string;
  readonly spec: TaskSpec;
}

/**
 * Tried once only: after a first try that timed out, "nobody answers" to a second one would not prove that the first reached nobody. The loop
 * hands over again instead, and never takes that one's answer for a proof.
 */
const assignOnce = { ...assignExecution, idempotency: "none" } as const;
const cancelOnce = { ...cancelExecution, idempotency: "none" } as const;
/** A cancel is repeated no earlier than this while the node still lists the execution. */
const cancelAgainMs = 10_000;
/** Entries that are remembered before the old ones are forgotten. */
const rememberedMax = 20_000;

/** Whether a call, tried once, provably reached no agent. "unreachable" alone does not say that: a bus may close while the request is on its way. */
const provesNobody = ({ error, fields }: AnyFailure): boolean =>
  error === "breakerOpen" || (error === "unreachable" && fields.kind === "no-responders");

/** Sends executions and cancels to agents, and remembers when; one message at a time for each execution. */
export class HandOver {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #signal: AbortSignal;
  readonly #sentMonotonicMs = new Map<string, number>();
  readonly #cancelledMonotonicMs = new Map<string, number>();
  readonly #busy = new Map<string, Promise<void>>();

  constructor(client: Client, clock: Clock, log: Log, signal: AbortSignal) {
    this.#signal = signal;
    this.#client = client;
    this.#clock = clock;
    this.#log = log;
  }

  get sentMonotonicMs(): ReadonlyMap<string, number> {
    return this.#sentMonotonicMs;
  }

  /** The first hand-over after the commit, in one turn with `nobody`, which takes it back: nothing else is sent for the execution before both are done. */
  async assignFirst(task: HandOverTask, nobody: () => Promise<void>): Promise<void> {
    await this.#inTurn(task.executionId, async () => {
      if ((await this.#send(task)) === "nobody") await nobody();
    });
  }

  /** Hands it over again when `wanted` still says so at its turn; whatever comes of it proves nothing. Does nothing while one is on its way. */
  async assignAgain(task: HandOverTask, wanted: () => Promise<boolean>): Promise<void> {
    if (this.#busy.has(task.executionId)) return;
    await this.#inTurn(task.executionId, async () => {
      if (await wanted()) await this.#send(task);
    });
  }

  async #send(task: HandOverTask): Promise<HandOverResult> {
    remember(this.#sentMonotonicMs, task.executionId, this.#clock.monotonicMs());
    const execution = handOver(task.taskId, task.attempt, task.spec);
    const answer = await this.#client.call(assignOnce, { node: task.node, execution }, { address: task.node, signal: this.#signal });
    if (answer.ok) return "written";
    this.#log.info({ executionId: task.executionId, node: task.node, failure: answer.failure.message }, "an execution could not be handed over");
    return provesNobody(answer.failure) ? "nobody" : "perhaps";
  }

  /** Asks the node to end an execution, unless it was asked a moment ago. Never rejects. */
  async cancel(node: string, executionId: string, reason: string): Promise<void> {
    const last = this.#cancelledMonotonicMs.get(executionId);
    if (last !== undefined && this.#clock.monotonicMs() - last < cancelAgainMs) return;
    remember(this.#cancelledMonotonicMs, executionId, this.#clock.monotonicMs());
    await this.#inTurn(executionId, async () => {
      const answer = await this.#client.call(cancelOnce, { node, executionId, reason }, { address: node, signal: this.#signal });
      if (!answer.ok) this.#cancelledMonotonicMs.delete(executionId);
    });
  }

  /** Nothing more is said about this execution: forgets when it was sent. */
  forget(executionId: string): void {
    this.#sentMonotonicMs.delete(executionId);
  }

  /** Resolves when nothing is on its way. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#busy.values());
  }

  /** A cancel must not overtake the assignment that it cancels. */
  #inTurn(executionId: string, send: () => Promise<void>): Promise<void> {
    const before = this.#busy.get(executionId) ?? Promise.resolve();
    const turn = before
      .then(send)
      .catch((thrown: unknown) => this.#log.error({ executionId, err: thrown }, "a message to an agent failed unexpectedly"))
      .finally(() => {
        if (this.#busy.get(executionId) === turn) this.#busy.delete(executionId);
      });
    this.#busy.set(executionId, turn);
    return turn;
  }
}

const remember = (times: Map<string, number>, executionId: string, monotonicMs: number): void => {
  times.delete(executionId);
  times.set(executionId, monotonicMs);
  if (times.size <= rememberedMax) return;
  const oldest = times.keys().next().value;
  if (oldest !== undefined) times.delete(oldest);
};
