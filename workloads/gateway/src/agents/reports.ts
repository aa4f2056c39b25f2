import type { ExecutionReport } from "@fogline/contracts";
import type { Clock } from "@fogline/ports";

export interface ReportQueueParts {
  /** Commits a report; false when it could not be committed now. Never rejects. */
  readonly commit: (report: ExecutionReport) => Promise<boolean>;
  /** Tells the agent that everything up to this sequence is committed. */
  readonly acknowledge: (sequence: number) => void;
  readonly clock: Clock;
  readonly max: number;
}

const retryMsMin = 250;
const retryMsMax = 10_000;

/**
 * The reports of one connection. Invariants: they are committed one after another in the order in which they came; a sequence is acknowledged
 * only after its commit, and only when every earlier one of this connection is committed; a repeated one is committed once per connection.
 */
export class ReportQueue {
  readonly #parts: ReportQueueParts;
  readonly #waiting: { sequence: number; report: ExecutionReport }[] = [];
  readonly #ended = new AbortController();
  #acknowledged = 0;
  #newest = 0;
  #running = false;

  constructor(parts: ReportQueueParts) {
    this.#parts = parts;
  }

  /** Takes a report; false when too many wait. */
  add(sequence: number, report: ExecutionReport): boolean {
    if (sequence <= this.#newest) {
      // Sent again: either it is committed, and the agent missed the acknowledgement, or it waits already.
      if (sequence <= this.#acknowledged) this.#parts.acknowledge(this.#acknowledged);
      return true;
    }
    if (this.#waiting.length >= this.#parts.max) return false;
    this.#newest = sequence;
    this.#waiting.push({ sequence, report });
    if (!this.#running) void this.#run();
    return true;
  }

  /** The connection is gone: what waits will be sent again over the next one. */
  end(): void {
    this.#ended.abort();
    this.#waiting.length = 0;
  }

  async #run(): Promise<void> {
    this.#running = true;
    let failures = 0;
    for (let head = this.#waiting[0]; head !== undefined && !this.#ended.signal.aborted; head = this.#waiting[0]) {
      if (await this.#parts.commit(head.report)) {
        failures = 0;
        if (this.#ended.signal.aborted) break;
        this.#waiting.shift();
        this.#acknowledged = head.sequence;
        this.#parts.acknowledge(head.sequence);
      } else {
        const waitMs = Math.min(retryMsMax, retryMsMin * 2 ** failures);
        failures = Math.min(failures + 1, 30);
        await this.#parts.clock.sleep(waitMs, this.#ended.signal).catch(() => {});
      }
    }
    this.#running = false;
  }
}
