import type { HealthStatus, RegisteredService, ServiceInstance } from "@fogline/contracts";

/** What changed in the registry: the instance as it is now, or null when it is gone. */
export interface ServiceChange {
  readonly id: string;
  readonly service: RegisteredService | null;
}

interface Entry {
  readonly service: RegisteredService;
  readonly expiresAtMs: number;
  /** Health questions in a row that got no answer. */
  readonly failures: number;
}

/** An answer to a health question; `null` when none came. */
export type HealthAnswer = { readonly status: "healthy" | "degraded" | "unhealthy"; readonly reason: string; readonly latencyMs: number } | null;

/** Which health an instance is preferred with when somebody looks for one. `unhealthy` ones are never given out. */
const preference: Readonly<Record<HealthStatus["status"], number | undefined>> = { healthy: 0, unknown: 1, degraded: 2, unhealthy: undefined };

/**
 * The running service instances. Held in memory only: an instance renews its registration every third of its TTL, so a registry that starts
 * empty is complete again within one TTL, and one read from a disk would name instances that are gone. Pure: time is an argument.
 */
export class ServiceRegistry {
  readonly #entries = new Map<string, Entry>();
  readonly #turns = new Map<string, number>();
  readonly #failuresMax: number;

  constructor(options: { failuresMax: number }) {
    this.#failuresMax = options.failuresMax;
  }

  /** Registers or renews. `undefined`: another start of the same id is newer. `changed` is false for a renewal. */
  register(instance: ServiceInstance, nowMs: number): { changed: boolean; service: RegisteredService } | undefined {
    const known = this.#entries.get(instance.id);
    if (known && known.service.startedAtMs > instance.startedAtMs) return undefined;
    const renewal = known?.service.startedAtMs === instance.startedAtMs && describe(known.service) === describe(instance);
    const service: RegisteredService =
      renewal && known
        ? { ...known.service, ttlMs: instance.ttlMs }
        : {
            ...instance,
            registeredAtMs: nowMs,
            health: { status: "unknown", reason: "registered, not asked yet", checkedAtMs: nowMs, latencyMs: null },
          };
    this.#entries.set(instance.id, { service, expiresAtMs: nowMs + instance.ttlMs, failures: renewal && known ? known.failures : 0 });
    return { changed: !renewal, service };
  }

  /** Removes what was not renewed in time. */
  expire(nowMs: number): ServiceChange[] {
    const gone = [...this.#entries].filter(([, entry]) => entry.expiresAtMs <= nowMs).map(([id]) => id);
    return gone.flatMap((id) => this.remove(id));
  }

  /** Removes an instance that stopped by itself, unless a newer start of it is registered. */
  left(id: string, startedAtMs: number): ServiceChange[] {
    return this.#entries.get(id)?.service.startedAtMs === startedAtMs ? this.remove(id) : [];
  }

  remove(id: string): ServiceChange[] {
    return this.#entries.delete(id) ? [{ id, service: null }] : [];
  }

  /** Records an answer. The change, when the status is another than before. */
  checked(id: string, answer: HealthAnswer, nowMs: number): ServiceChange[] {
    const entry = this.#entries.get(id);
    if (entry === undefined) return [];
    const failures = answer === null ? entry.failures + 1 : 0;
    const health: HealthStatus = answer === null ? this.#unanswered(failures, nowMs) : { ...answer, checkedAtMs: nowMs };
    const service = { ...entry.service, health };
    this.#entries.set(id, { ...entry, service, failures });
    return entry.service.health.status === health.status ? [] : [{ id, service }];
  }

  /** An instance of the type, or the one with this id: the healthiest, taking turns among equals. */
  find(target: string): RegisteredService | undefined {
    const exact = this.#entries.get(target);
    if (exact) return exact.service;
    const ranked = this.candidates(target);
    const best = ranked[0] && preference[ranked[0].health.status];
    const equals = ranked.filter((service) => preference[service.health.status] === best);
    if (equals.length === 0) return undefined;
    const turn = this.#turns.get(target) ?? 0;
    this.#turns.set(target, (turn + 1) % Number.MAX_SAFE_INTEGER);
    return equals[turn % equals.length];
  }

  /** The instances of a type that may be given out, best first. */
  candidates(type: string): RegisteredService[] {
    const rank = (service: RegisteredService) => preference[service.health.status] ?? Number.POSITIVE_INFINITY;
    return this.list()
      .filter((service) => service.type === type && preference[service.health.status] !== undefined)
      .sort((a, b) => rank(a) - rank(b));
  }

  get(id: string): RegisteredService | undefined {
    return this.#entries.get(id)?.service;
  }

  /** All of them, sorted by id. */
  list(): RegisteredService[] {
    return [...this.#entries.values()].map(({ service }) => service).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  #unanswered(failures: number, nowMs: number): HealthStatus {
    const status = failures >= this.#failuresMax ? "unhealthy" : "degraded";
    return { status, reason: failures === 1 ? "no answer" : `no answer ${failures} times in a row`, checkedAtMs: nowMs, latencyMs: null };
  }
}

const describe = ({ type, version, metadata, operations }: ServiceInstance): string =>
  JSON.stringify([type, version, Object.entries(metadata).sort(), operations]);
