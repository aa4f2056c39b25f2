import type { RegisteredService } from "@fogline/contracts";
import { type Latency, sampled, unmeasured } from "./latency.ts";
import type { Candidate } from "./strategies.ts";

/** Where this gateway runs. */
export interface Place {
  readonly site?: string | undefined;
  readonly region?: string | undefined;
}

/** How a call to a replica ended: it answered, or nobody knows. */
export type CallEnd = "answered" | "lost";

/** How long a replica that lost a call is left alone: the least, doubled with each loss in a row, up to the most. */
const asideMsMin = 2_000;
const asideMsMax = 30_000;
const weightMax = 100;

/** One replica: what the registry says of it, and what the calls made from here showed. */
export class Replica implements Omit<Candidate, "healthy"> {
  #service: RegisteredService;
  readonly #here: Place;
  #latency: Latency = unmeasured;
  #inFlight = 0;
  #lostInRow = 0;
  #asideUntilMs = Number.NEGATIVE_INFINITY;

  constructor(service: RegisteredService, here: Place) {
    this.#service = service;
    this.#here = here;
  }

  get id(): string {
    return this.#service.id;
  }

  get type(): string {
    return this.#service.type;
  }

  get operations(): readonly string[] {
    return this.#service.operations;
  }

  /** Where it takes WebSockets; undefined when it does not, or names what is no WebSocket address. */
  get webSocket(): URL | undefined {
    const url = URL.parse(this.#service.metadata.webSocket ?? "");
    const usable = url !== null && (url.protocol === "ws:" || url.protocol === "wss:") && url.username === "" && url.password === "";
    return usable ? url : undefined;
  }

  get weight(): number {
    const weight = Number(this.#service.metadata.weight ?? 1);
    return weight > 0 && weight <= weightMax ? weight : 1;
  }

  get distance(): number {
    const { site, region } = this.#service.metadata;
    if (site !== undefined && site === this.#here.site) return 0;
    return region !== undefined && region === this.#here.region ? 1 : 2;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get latencyMs(): number {
    return this.#latency.ms;
  }

  /** Whether it is worth a call now. */
  healthyAt(nowMs: number): boolean {
    return this.#service.health.status !== "unhealthy" && nowMs >= this.#asideUntilMs;
  }

  /** The same start of the same instance, described anew. False for another start: that one has no past. */
  update(service: RegisteredService): boolean {
    if (service.startedAtMs !== this.#service.startedAtMs) return false;
    this.#service = service;
    return true;
  }

  /** A call begins. What is returned is told, once, how it ended and when. */
  begin(beganAtMs: number): (end: CallEnd, nowMs: number) => void {
    this.#inFlight += 1;
    return (end, nowMs) => {
      this.#inFlight -= 1;
      this.#latency = sampled(this.#latency, nowMs - beganAtMs, nowMs);
      if (end === "answered") {
        this.#lostInRow = 0;
        return;
      }
      this.#asideUntilMs = nowMs + Math.min(asideMsMax, asideMsMin * 2 ** this.#lostInRow);
      this.#lostInRow += 1;
    };
  }
}
