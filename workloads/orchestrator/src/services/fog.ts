import { deliverEvent, type RegisteredService, type ServiceEvent, stopService } from "@fogline/contracts";
import type { Clock } from "@fogline/ports";
import type { Client } from "@fogline/rpc";
import type { OrchestratorConfig } from "../config.ts";
import { Inboxes } from "./inbox.ts";
import type { ServiceChange, ServiceRegistry } from "./registry.ts";

export interface FogParts {
  readonly registry: ServiceRegistry;
  readonly client: Client;
  readonly clock: Clock;
  readonly settings: Pick<OrchestratorConfig, "discoveryTimeoutMs" | "discoveryAttempts" | "retryBackoffMs" | "inboxMax">;
  readonly changed: (changes: readonly ServiceChange[]) => Promise<void>;
  /** Its own instance and those that hold the callers' connections: they stop after the answer to `shutdown` left. */
  readonly stopsLast: (service: RegisteredService) => boolean;
}

/** How long `initialize` waits for what is missing, below the operation's 30 s so that the answer still arrives. */
const initializeMsMax = 25_000;
const initializePollMs = 250;
/** How long after the answer the last services stop. */
const lastStopDelayMs = 250;

type Delivery = "delivered" | "failed" | "inboxFull";

/** Looking for services, passing events between them, and stopping them (the FogOrchestrationService of the fog design). */
export class Fog {
  readonly #parts: FogParts;
  readonly #inboxes: Inboxes;

  constructor(parts: FogParts) {
    this.#parts = parts;
    this.#inboxes = new Inboxes({ max: parts.settings.inboxMax });
  }

  /** Waits for every expected type to have an instance. */
  async initialize(expected: readonly string[], signal: AbortSignal): Promise<{ services: RegisteredService[]; missing: string[] }> {
    const { registry, clock } = this.#parts;
    const endMs = clock.monotonicMs() + initializeMsMax;
    const missing = () => expected.filter((type) => registry.candidates(type).length === 0);
    while (missing().length > 0 && clock.monotonicMs() < endMs && !signal.aborted) {
      await clock.sleep(initializePollMs, signal).catch(() => {});
    }
    return { services: registry.list(), missing: missing() };
  }

  /** An instance of the type: tried `discoveryAttempts` times with a growing wait, within `discoveryTimeoutMs`. */
  async discover(type: string, signal: AbortSignal): Promise<RegisteredService | undefined> {
    const { registry, clock, settings } = this.#parts;
    const endMs = clock.monotonicMs() + settings.discoveryTimeoutMs;
    for (let attempt = 1; ; attempt++) {
      await this.#parts.changed(registry.expire(clock.now()));
      const found = registry.candidates(type).length > 0 ? registry.find(type) : undefined;
      const waitMs = settings.retryBackoffMs * 2 ** (attempt - 1);
      const over = attempt >= settings.discoveryAttempts || clock.monotonicMs() + waitMs > endMs || signal.aborted;
      if (found || over) return found;
      await clock.sleep(waitMs, signal).catch(() => {});
    }
  }

  /** Delivers to the instance with this id, or to one instance of this type: the next one when an instance is not there any more. */
  async route(target: string, event: ServiceEvent): Promise<{ deliveredTo: string } | "unknownService" | "inboxFull"> {
    const { registry } = this.#parts;
    const first = registry.find(target);
    if (first === undefined) return "unknownService";
    const others = registry.candidates(target).filter((service) => service.id !== first.id);
    let full = false;
    for (const { id } of [first, ...others]) {
      const delivery = await this.#deliver(id, event);
      if (delivery === "delivered") return { deliveredTo: id };
      full ||= delivery === "inboxFull";
    }
    return full ? "inboxFull" : "unknownService";
  }

  /** Delivers to every instance but the event's source. */
  async broadcast(event: ServiceEvent): Promise<{ deliveredTo: string[]; failed: string[] }> {
    const targets = this.#parts.registry.list().filter(({ id }) => id !== event.source);
    const outcomes = await Promise.all(targets.map(async ({ id }) => ({ id, delivery: await this.#deliver(id, event) })));
    const idsOf = (delivered: boolean) => outcomes.filter(({ delivery }) => (delivery === "delivered") === delivered).map(({ id }) => id);
    return { deliveredTo: idsOf(true), failed: idsOf(false) };
  }

  /** Stops every instance; `remaining` names those that did not. The doors and this service itself follow once the answer has left. */
  async shutdown(graceful: boolean): Promise<{ stopped: boolean; remaining: string[] }> {
    const { registry, clock, stopsLast } = this.#parts;
    const services = registry.list();
    const outcomes = await Promise.all(services.filter((service) => !stopsLast(service)).map(({ id }) => this.#stop(id, graceful)));
    const remaining = outcomes.filter(({ stopped }) => !stopped).map(({ id }) => id);
    clock.after(lastStopDelayMs, () => {
      for (const { id } of services.filter(stopsLast)) void this.#stop(id, graceful);
    });
    return { stopped: remaining.length === 0, remaining };
  }

  async #stop(id: string, graceful: boolean): Promise<{ id: string; stopped: boolean }> {
    const answer = await this.#parts.client.call(stopService, { graceful }, { address: id });
    // One that went away while it answered has stopped.
    const stopped = answer.ok || answer.failure.error === "lost" || answer.failure.error === "unreachable";
    if (stopped) await this.#parts.changed(this.#parts.registry.remove(id));
    return { id, stopped };
  }

  async #deliver(id: string, event: ServiceEvent): Promise<Delivery> {
    const { client, clock, settings } = this.#parts;
    const attempt = async (): Promise<Delivery> => {
      for (let tries = 1; ; tries++) {
        const answer = await client.call(deliverEvent, event, { address: id });
        if (answer.ok) return "delivered";
        // Only what certainly did not arrive is sent again: taking an event is not idempotent.
        if (answer.failure.error !== "unreachable" || tries >= settings.discoveryAttempts) return "failed";
        await clock.sleep(settings.retryBackoffMs * 2 ** (tries - 1));
      }
    };
    return (await this.#inboxes.add(id, attempt)) ?? "inboxFull";
  }
}
