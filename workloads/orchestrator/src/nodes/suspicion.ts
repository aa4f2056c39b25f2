import type { NodeStatus } from "@fogline/contracts";
import type { Clock } from "@fogline/ports";
import type { NodeRow } from "../schema.ts";
import { type Candidate, conclude, type Probe, planProbes, type Verdict } from "./confirm.ts";
import { declarationOf } from "./records.ts";
import type { NodeRegistry } from "./registry.ts";
import type { ReportIntervals } from "./report-intervals.ts";

export interface SuspicionParts {
  readonly registry: NodeRegistry;
  readonly intervals: ReportIntervals;
  readonly clock: Clock;
  readonly settings: {
    readonly confirmMs: number;
    readonly probePeersMax: number;
    readonly reconnectGraceMs: number;
    readonly heartbeatsMissedMax: number;
  };
  /** Has a peer try to reach the suspect; `null` when the peer gives no answer. Never rejects. */
  readonly probe: (probe: Probe) => Promise<boolean | null>;
  /** Told when a conclusion could not be stored; the next sweep tries again. */
  readonly failed: (what: string, error: unknown) => void;
}

/** Decides what becomes of nodes whose connection is lost, and of those that fall silent. One pending suspicion per node at most. */
export class Suspicions {
  readonly #parts: SuspicionParts;
  readonly #pending = new Map<string, AbortController>();

  constructor(parts: SuspicionParts) {
    this.#parts = parts;
  }

  /** The node's connection was lost: its site has `confirmMs` to say that it lives. */
  lost(id: string): void {
    this.#begin(id, async (signal) => {
      const { registry, clock, settings } = this.#parts;
      const verdicts = new Map<string, Verdict>();
      const candidates = (await registry.rows()).map(candidateOf);
      const suspect = candidates.find((candidate) => candidate.id === id);
      const probes = suspect ? planProbes(suspect, candidates, { confirmMs: settings.confirmMs, peersMax: settings.probePeersMax }) : [];
      for (const probe of probes) {
        verdicts.set(probe.peer, { peer: probe.peer, alive: null });
        void this.#parts.probe(probe).then((alive) => verdicts.set(probe.peer, { peer: probe.peer, alive }));
      }
      await clock.sleep(settings.confirmMs, signal);
      await registry.apply(id, conclude([...verdicts.values()], settings));
    });
  }

  /**
   * The hub restarted and remembers no connection. Where a gateway still holds one the node is online at once; the others have
   * `reconnectGraceMs` to come back.
   */
  forgotten(id: string): void {
    this.#begin(id, async (signal) => {
      const { registry, clock, settings } = this.#parts;
      if (await this.#isConnected(id)) return void (await registry.apply(id, { kind: "connectionSurvived" }));
      await clock.sleep(settings.reconnectGraceMs, signal);
      if (await this.#isConnected(id)) return void (await registry.apply(id, { kind: "connectionSurvived" }));
      if (signal.aborted) return;
      const reason = `it did not connect again within ${settings.reconnectGraceMs / 1_000} s after the hub restarted`;
      await registry.apply(id, { kind: "unconfirmed", reason });
    });
  }

  /** The node spoke, or is gone for good: nothing is suspected any more. */
  settled(id: string): void {
    this.#pending.get(id)?.abort();
    this.#pending.delete(id);
  }

  /** Makes every node that was online when the hub stopped a suspect with a grace. */
  async afterRestart(): Promise<void> {
    for (const row of await this.#parts.registry.rows()) {
      if (row.status !== "online" && row.status !== "suspect") continue;
      await this.#parts.registry.apply(row.id, { kind: "hubRestarted" });
      this.forgotten(row.id);
    }
  }

  /** Takes nodes offline that missed their heartbeats, each by its own interval. Those with a pending suspicion have their own deadline. */
  async sweep(): Promise<void> {
    const { registry, intervals, settings } = this.#parts;
    await registry.flush();
    for (const row of await registry.rows()) {
      if ((row.status !== "online" && row.status !== "suspect") || this.#pending.has(row.id)) continue;
      const declared = declarationOf(row);
      const { intervalMs, keptForMs } = intervals.of(declared);
      const silentMs = Math.min(registry.silentMs(row.id), keptForMs);
      if (silentMs < intervalMs * settings.heartbeatsMissedMax) intervals.follow(declared);
      else await registry.apply(row.id, { kind: "silent", silentMs, missed: settings.heartbeatsMissedMax });
    }
  }

  /** Whether some gateway holds a connection of this node now; its agent is told again how often it reports. */
  async #isConnected(id: string): Promise<boolean> {
    const node = await this.#parts.registry.get(id);
    return node !== undefined && this.#parts.intervals.tell(node);
  }

  stop(): void {
    for (const id of [...this.#pending.keys()]) this.settled(id);
  }

  #begin(id: string, run: (signal: AbortSignal) => Promise<void>): void {
    this.settled(id);
    const controller = new AbortController();
    this.#pending.set(id, controller);
    void run(controller.signal)
      .catch((error: unknown) => {
        if (!controller.signal.aborted) this.#parts.failed(`deciding on node "${id}"`, error);
      })
      .finally(() => {
        if (this.#pending.get(id) === controller) this.#pending.delete(id);
      });
  }
}

const candidateOf = (row: NodeRow): Candidate => ({
  id: row.id,
  site: declarationOf(row).site,
  status: row.status as NodeStatus,
  draining: row.draining === 1,
  probeAddress: row.probe_address,
});
