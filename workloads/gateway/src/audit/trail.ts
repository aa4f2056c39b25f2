import type { Clock } from "@fogline/ports";
import type { Audit, Change, Outcome, RpcLog } from "@fogline/rpc";
import { RateLimit } from "../rate.ts";
import { entryOf, type NewRecord } from "./entries.ts";

export interface AuditTrailParts {
  /** Commits entries together. */
  readonly append: (entries: readonly NewRecord[]) => Promise<void>;
  readonly clock: Clock;
  readonly log: RpcLog;
}

/** Entries of one transaction, and entries that may wait for theirs: above, changes are refused. */
const togetherMax = 500;
const waitingMax = 5_000;

/** Refusals of somebody without identity that one address may fill the audit with; what comes above is in the metrics only. */
const strangers = { perSecond: 1, burstSeconds: 60 } as const;

interface Waiting {
  readonly entry: NewRecord;
  readonly written: () => void;
  readonly failed: (cause: unknown) => void;
}

/**
 * Writes entries in the order they come, together: those that come while a transaction runs go into the next one, so that many changes at once
 * cost few commits. Resolves for each entry when it is committed.
 */
export class AuditTrail implements Audit {
  readonly #parts: AuditTrailParts;
  readonly #strangers = new RateLimit(strangers);
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;

  constructor(parts: AuditTrailParts) {
    this.#parts = parts;
  }

  async record(change: Change, outcome: Outcome, answer?: { readonly status: number; readonly code: string | null }): Promise<void> {
    const { clock } = this.#parts;
    const stranger = outcome === "refused" && change.principal.role === "anyone";
    if (stranger && this.#strangers.take(change.address, clock.monotonicMs()) > 0) return;
    if (this.#waiting.length >= waitingMax) throw new Error(`${waitingMax} entries wait to be written to the audit already`);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ entry: entryOf(change, outcome, answer, clock.now()), written: resolve, failed: reject });
    this.#writing ??= this.#writeAll();
    await promise;
  }

  /** Waits for what was recorded before. */
  async stop(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    // What comes in this same turn of the event loop goes along.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const together = this.#waiting.splice(0, togetherMax);
      try {
        await this.#parts.append(together.map(({ entry }) => entry));
        for (const { written } of together) written();
      } catch (cause) {
        this.#parts.log.error({ err: cause, entries: together.length }, "the audit cannot be written; changes are refused");
        for (const { failed } of together) failed(cause);
      }
    }
    this.#writing = undefined;
  }
}
