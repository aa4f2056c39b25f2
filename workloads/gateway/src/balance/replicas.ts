import { listServices, type RegisteredService, serviceChanged } from "@fogline/contracts";
import type { Clock, Random, Subscription } from "@fogline/ports";
import type { Client, RpcLog } from "@fogline/rpc";
import type { StrategyName } from "../config.ts";
import { type Place, Replica } from "./replica.ts";
import { type Candidate, firstTurn, type Rotation, strategies } from "./strategies.ts";

export interface ReplicasParts {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: RpcLog;
  readonly here: Place;
  readonly balance: StrategyName;
  /** By type of service, over `balance`. */
  readonly balanceByService: Readonly<Record<string, StrategyName>>;
}

/** How often the registry is read again: events are hints, and one may be lost. */
const listEachMs = 5_000;

/**
 * Which replicas serve what, as the registry says, and the choice among them. Without a registry that answers it keeps what it knew; a replica
 * that is gone shows itself by the first call that it loses.
 */
export class Replicas {
  readonly #parts: ReplicasParts;
  readonly #byId = new Map<string, Replica>();
  readonly #byOperation = new Map<string, Replica[]>();
  readonly #rotations = new Map<string, Rotation>();
  readonly #stopping = new AbortController();
  #watching: Subscription | undefined;
  #listing: Promise<void> = Promise.resolve();

  constructor(parts: ReplicasParts) {
    this.#parts = parts;
  }

  /** Lists, then watches, until stopped. */
  async start(): Promise<void> {
    this.#watching = await this.#parts.client.on(serviceChanged, async ({ id, service }) => {
      if (service === null) this.#byId.delete(id);
      else this.#take(service);
      this.#index();
    });
    this.#listing = this.#keepListing();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error("the gateway stops"));
    await this.#watching?.stop();
    await this.#listing;
  }

  /** A replica that serves an operation; undefined when none is known, healthy and not in `tried`. */
  forOperation(operation: string, tried: ReadonlySet<string>): Replica | undefined {
    const known = this.#byOperation.get(operation) ?? [];
    return this.#choose(tried.size === 0 ? known : known.filter(({ id }) => !tried.has(id)));
  }

  /** A replica of a type that takes WebSockets; undefined when there is none. */
  forWebSocket(type: string, tried: ReadonlySet<string>): Replica | undefined {
    return this.#choose([...this.#byId.values()].filter((one) => one.type === type && one.webSocket !== undefined && !tried.has(one.id)));
  }

  /** Whether any replica of a type takes WebSockets, healthy or not. */
  takesWebSockets(type: string): boolean {
    return [...this.#byId.values()].some((one) => one.type === type && one.webSocket !== undefined);
  }

  #choose(known: readonly Replica[]): Replica | undefined {
    const [first] = known;
    if (first === undefined) return undefined;
    const { clock, random, balance, balanceByService } = this.#parts;
    const nowMs = clock.monotonicMs();
    if (known.length === 1) return first.healthyAt(nowMs) ? first : undefined;
    const { type } = first;
    const strategy = strategies[balanceByService[type] ?? balance];
    const candidates: readonly Candidate[] = known.map((one) => ({
      ...{ id: one.id, weight: one.weight, distance: one.distance, inFlight: one.inFlight, latencyMs: one.latencyMs },
      healthy: one.healthyAt(nowMs),
    }));
    const choice = strategy(candidates, this.#rotations.get(type) ?? firstTurn, () => random.unit());
    if (choice === undefined) return undefined;
    this.#rotations.set(type, choice.rotation);
    return this.#byId.get(choice.id);
  }

  async #keepListing(): Promise<void> {
    const { client, clock, log } = this.#parts;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const answer = await client.call(listServices, {}, { signal, attemptsMax: 1 });
      if (answer.ok) this.#replace(answer.value.services);
      else log.debug({ failure: answer.failure.error }, "the service list cannot be read; what is known of replicas stays");
      await clock.sleep(listEachMs, signal).catch(() => {});
    }
  }

  #replace(services: readonly RegisteredService[]): void {
    const listed = new Set(services.map(({ id }) => id));
    for (const id of this.#byId.keys()) if (!listed.has(id)) this.#byId.delete(id);
    for (const service of services) this.#take(service);
    this.#index();
  }

  #take(service: RegisteredService): void {
    if (this.#byId.get(service.id)?.update(service) !== true) this.#byId.set(service.id, new Replica(service, this.#parts.here));
  }

  /** By id, so that taking turns means the same after each reading of the registry. */
  #index(): void {
    this.#byOperation.clear();
    for (const replica of [...this.#byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1))) {
      for (const operation of replica.operations) {
        const serving = this.#byOperation.get(operation);
        if (serving === undefined) this.#byOperation.set(operation, [replica]);
        else serving.push(replica);
      }
    }
  }
}
