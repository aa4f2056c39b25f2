import { type Bus, BusError, type Clock, type Random } from "@fogline/ports";
import type { Kysely } from "kysely";
import { backoffMs } from "./call.ts";
import type { AnyDatabase } from "./database.ts";
import { type RpcLog, silent } from "./observe.ts";
import type { OutboxTables } from "./outbox.ts";
import { eventSubject } from "./wire.ts";

export interface RelayOptions {
  readonly database: AnyDatabase;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log?: RpcLog;
  /** Names this relay among others on the same database and spreads its retries; needed when several processes share a database. */
  readonly random?: Random;
}

export interface Relay {
  /** Publishes what is there now instead of at the next poll. Call it after each commit that emitted something. */
  wake(): void;
  /** Resolves when nothing is being published any more; what is left stays in the outbox. */
  stop(): Promise<void>;
}

/** The safety net for commits that nobody woke the relay for. */
const pollMs = 250;
const batchMax = 100;
/** How long a relay that died keeps others from taking over. */
const leaseMs = 2_000;
const backoffMsMax = 5_000;
/** How often an event is published again because a subscriber is full. */
const fullRetriesMax = 5;
const relayName = "outbox";

type Progress = "more" | "empty" | "failed";

/**
 * Publishes the rows of the outbox in the order of their numbers, at least once, each deleted only after the bus took it.
 *
 * On PostgreSQL, several relays may run on one database: one publishes, by a lease in the same database. Order does not depend on the lease:
 * every relay starts at the lowest row that is left and leaves none out, so of two that overlap the slower only repeats what is known, and
 * subscribers drop repetitions by id. On SQLite one process owns the file, and the lease would only delay its next start.
 */
export const startRelay = ({ database, bus, clock, random, log = silent }: RelayOptions): Relay => {
  const tables = database.kysely as Kysely<OutboxTables>;
  const holder = random?.id() ?? "the only relay";
  const stopping = new AbortController();
  let wakeUp = () => {};
  let woken = false;

  /** Published and not yet deleted. A crash before the delete publishes them once more. */
  const published = new Set<number>();
  let deletedAtMs = clock.monotonicMs();
  const forget = async (): Promise<void> => {
    deletedAtMs = clock.monotonicMs();
    if (published.size === 0) return;
    const sequences = [...published];
    // By number and not by range: a lower number may have been committed since these were read.
    await tables.deleteFrom("rpc_outbox").where("sequence", "in", sequences).execute();
    for (const sequence of sequences) published.delete(sequence);
  };

  const step = async (failures: number): Promise<Progress> => {
    if (published.size >= batchMax || clock.monotonicMs() - deletedAtMs >= pollMs) await forget();
    const stored = await tables
      .selectFrom("rpc_outbox")
      .selectAll()
      .orderBy("sequence")
      .limit(2 * batchMax)
      .execute();
    const rows = stored.filter(({ sequence }) => !published.has(sequence));
    if (rows.length === 0) return "empty";
    if (database.dialect === "postgres" && !(await takeLease(tables, holder, clock.now()))) return "empty";
    let failure: unknown;
    for (const { sequence, event, envelope } of rows) {
      if (stopping.signal.aborted) break;
      failure = await publish(event, envelope, failures);
      if (failure !== undefined) break;
      published.add(sequence);
    }
    if (failure !== undefined) throw failure;
    return "more";
  };

  /** What kept the event from leaving; undefined when it left, or never can. */
  const publish = async (event: string, envelope: string, failures: number): Promise<unknown> => {
    try {
      await bus.publish(eventSubject(event), new TextEncoder().encode(envelope));
      return undefined;
    } catch (thrown) {
      // A subscriber that stays full must not hold up the others for ever; it can list what it missed.
      const hopeless = thrown instanceof BusError && (thrown.kind === "too-large" || (thrown.kind === "queue-full" && failures >= fullRetriesMax));
      if (!hopeless) return thrown;
      log.error({ err: thrown, event }, "an event did not reach every subscriber");
      return undefined;
    }
  };

  const attempt = (failures: number): Promise<Progress> =>
    step(failures).catch((thrown: unknown) => {
      if (failures === 0 && !stopping.signal.aborted) log.warn({ err: thrown }, "the outbox cannot be published; trying again");
      return "failed";
    });

  const pause = (ms: number): Promise<void> => {
    if (woken) return Promise.resolve();
    const waiting = new AbortController();
    wakeUp = () => waiting.abort();
    return clock.sleep(ms, AbortSignal.any([waiting.signal, stopping.signal])).catch(() => {});
  };

  const run = async (): Promise<void> => {
    let failures = 0;
    while (!stopping.signal.aborted) {
      woken = false;
      const progress = await attempt(failures);
      failures = progress === "failed" ? failures + 1 : 0;
      if (progress === "empty") await pause(pollMs);
      if (progress === "failed")
        await clock.sleep(backoffMs(Math.min(failures, 5), random?.unit() ?? 1, backoffMsMax), stopping.signal).catch(() => {});
    }
    await forget().catch((thrown: unknown) => log.warn({ err: thrown }, "events that were published stay in the outbox and come once more"));
    if (database.dialect === "postgres") {
      await tables
        .deleteFrom("rpc_outbox_relay")
        .where("holder", "=", holder)
        .execute()
        .catch((thrown: unknown) => log.warn({ err: thrown }, "a lease stays until it expires"));
    }
  };
  const running = run();

  return {
    wake: () => {
      woken = true;
      wakeUp();
    },
    stop: () => {
      stopping.abort(new Error("the relay stopped"));
      return running;
    },
  };
};

const takeLease = async (tables: Kysely<OutboxTables>, holder: string, nowMs: number): Promise<boolean> => {
  const taken = await tables
    .insertInto("rpc_outbox_relay")
    .values({ name: relayName, holder, expires_at_ms: nowMs + leaseMs })
    .onConflict((conflict) =>
      conflict
        .column("name")
        .doUpdateSet({ holder, expires_at_ms: nowMs + leaseMs })
        .where((row) => row.or([row("rpc_outbox_relay.holder", "=", holder), row("rpc_outbox_relay.expires_at_ms", "<=", nowMs)])),
    )
    .executeTakeFirst();
  return (taken.numInsertedOrUpdatedRows ?? 0n) > 0n;
};
