import type { AgentSettings, NodeDeclaration } from "@fogline/contracts";
import type { Clock } from "@fogline/ports";
import type { OrchestratorConfig } from "../config.ts";

export interface ReportIntervalParts {
  readonly clock: Clock;
  readonly settings: Pick<OrchestratorConfig, "heartbeatMs" | "tasksMax">;
  /** Hands an agent its settings, through whichever gateway holds it; false when none does. Never rejects. */
  readonly configure: (id: string, settings: AgentSettings) => Promise<boolean>;
}

type Declared = Pick<NodeDeclaration, "id" | "reportIntervalMs">;

/**
 * How often each node reports: as it is declared, else as often as this hub wants. Invariant: silence is measured by what the agent was told last, so
 * that a declaration that changes counts from the moment its agent knows of it. In memory: after a restart every agent is told again.
 */
export class ReportIntervals {
  readonly #parts: ReportIntervalParts;
  readonly #told = new Map<string, { readonly intervalMs: number; readonly atMonotonicMs: number }>();
  readonly #telling = new Set<string>();

  constructor(parts: ReportIntervalParts) {
    this.#parts = parts;
  }

  /** The settings of an agent that connects now. */
  welcome(node: Declared): AgentSettings {
    const settings = this.#settingsOf(node);
    this.#note(node.id, settings);
    return settings;
  }

  /** Tells a connected agent what holds for it; false when no gateway holds a connection of it. Never rejects. */
  async tell(node: Declared): Promise<boolean> {
    const settings = this.#settingsOf(node);
    const told = await this.#parts.configure(node.id, settings);
    if (told) this.#note(node.id, settings);
    return told;
  }

  /** Tells an agent, once at a time, when its node is declared with another interval than it was told. */
  follow(node: Declared): void {
    const told = this.#told.get(node.id);
    if (told === undefined || told.intervalMs === this.#settingsOf(node).heartbeatMs || this.#telling.has(node.id)) return;
    this.#telling.add(node.id);
    void this.tell(node).finally(() => this.#telling.delete(node.id));
  }

  /** The interval that a node keeps to, and for how long it has: as long as can be when it was never told. */
  of(node: Declared): { readonly intervalMs: number; readonly keptForMs: number } {
    const told = this.#told.get(node.id);
    if (told === undefined) return { intervalMs: this.#settingsOf(node).heartbeatMs, keptForMs: Number.POSITIVE_INFINITY };
    return { intervalMs: told.intervalMs, keptForMs: this.#parts.clock.monotonicMs() - told.atMonotonicMs };
  }

  forget(id: string): void {
    this.#told.delete(id);
  }

  #settingsOf({ reportIntervalMs }: Declared): AgentSettings {
    const { heartbeatMs, tasksMax } = this.#parts.settings;
    return { heartbeatMs: reportIntervalMs ?? heartbeatMs, sampleMs: null, tasksMax };
  }

  #note(id: string, { heartbeatMs }: AgentSettings): void {
    this.#told.set(id, { intervalMs: heartbeatMs, atMonotonicMs: this.#parts.clock.monotonicMs() });
  }
}
