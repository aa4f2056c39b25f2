import type { Output, utilisation } from "@fogline/contracts";
import type { Clock } from "@fogline/ports";
import type { Kysely, Transaction } from "kysely";
import type { NodeHourRow, OrchestratorSchema } from "../schema.ts";

export const hourMs = 3_600_000;
/** The longest that can be asked for is a week; a day more, so that its first hour is whole. */
export const hoursKeptMs = 8 * 24 * hourMs;

/** A value stands for the time since the one before: for a second at least, which is what an agent looks at, and no longer than heartbeats are apart. */
const standsForMsMin = 1_000;
const standsForMsMax = 90_000;
const rowsAtOnce = 200;
/** Nodes whose hours are read at once, so that heartbeats get their turn in between. */
const nodesAtOnce = 25;
/** A page must fit into one message of the bus. A value takes 5 bytes ("99.9,"), the rest of a node 200 at most. */
const pageBytesMax = 160 * 1024;
const valueBytes = 5;
const nodeBytes = 200;

type Page = Output<typeof utilisation.response>;

/** The beginning of the hour (UTC) that a moment is in. */
export const hourOf = (atMs: number): number => Math.floor(atMs / hourMs) * hourMs;

/**
 * CPU use by hour and node. What heartbeats and samples bring is added up in memory, weighted with the time that each value stands for, so that
 * an hour with a thousand samples of ten minutes is still the mean of the hour; the registry writes it with its own flush.
 */
export class Utilisation {
  readonly #clock: Clock;
  readonly #heardMonotonicMs = new Map<string, number>();
  #unwritten = new Map<string, NodeHourRow>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A node's CPU use was heard. */
  saw(id: string, cpuPercent: number): void {
    const monotonicMs = this.#clock.monotonicMs();
    const elapsedMs = monotonicMs - (this.#heardMonotonicMs.get(id) ?? monotonicMs);
    this.#heardMonotonicMs.set(id, monotonicMs);
    const weightMs = Math.round(Math.min(standsForMsMax, Math.max(standsForMsMin, elapsedMs)));
    this.#add({ node_id: id, hour_ms: hourOf(this.#clock.now()), busy: Math.round(cpuPercent * weightMs), weight_ms: weightMs });
  }

  /** What was not written yet, to be written now. */
  take(): NodeHourRow[] {
    const taken = [...this.#unwritten.values()];
    this.#unwritten = new Map();
    return taken;
  }

  /** It could not be written. */
  giveBack(rows: readonly NodeHourRow[]): void {
    for (const row of rows) this.#add(row);
  }

  forget(id: string): void {
    this.#heardMonotonicMs.delete(id);
    for (const [key, row] of this.#unwritten) if (row.node_id === id) this.#unwritten.delete(key);
  }

  #add(row: NodeHourRow): void {
    const key = `${row.hour_ms} ${row.node_id}`;
    const known = this.#unwritten.get(key);
    this.#unwritten.set(key, known === undefined ? row : { ...row, busy: known.busy + row.busy, weight_ms: known.weight_ms + row.weight_ms });
  }
}

/** Adds to the hours what was heard since they were last written. */
export const addHours = async (transaction: Transaction<OrchestratorSchema>, rows: readonly NodeHourRow[]): Promise<void> => {
  for (let start = 0; start < rows.length; start += rowsAtOnce) {
    await transaction
      .insertInto("node_hours")
      .values(rows.slice(start, start + rowsAtOnce))
      .onConflict((conflict) =>
        conflict.columns(["node_id", "hour_ms"]).doUpdateSet((set) => ({
          busy: set("node_hours.busy", "+", set.ref("excluded.busy")),
          weight_ms: set("node_hours.weight_ms", "+", set.ref("excluded.weight_ms")),
        })),
      )
      .execute();
  }
};

export interface UtilisationQuery {
  readonly hours: number;
  readonly limit: number;
  readonly after?: string | undefined;
}

/** Mean CPU use of nodes by hour, the hour that runs last. `turn` is awaited between reads. A page ends early when it would be too large. */
export const utilisationPage = async (
  kysely: Kysely<OrchestratorSchema>,
  { hours, limit, after = "" }: UtilisationQuery,
  nowMs: number,
  turn: () => Promise<void>,
): Promise<Page> => {
  const firstMs = hourOf(nowMs) - (hours - 1) * hourMs;
  const size = Math.max(1, Math.min(limit, Math.floor(pageBytesMax / (hours * valueBytes + nodeBytes))));
  const found = await kysely
    .selectFrom("nodes")
    .select(["id", "declaration"])
    .where("id", ">", after)
    .orderBy("id")
    .limit(size + 1)
    .execute();
  const nodes = found.slice(0, size);
  const page: Page["nodes"] = [];
  for (let start = 0; start < nodes.length; start += nodesAtOnce) {
    const some = nodes.slice(start, start + nodesAtOnce);
    const rows = await readHours(
      kysely,
      some.map(({ id }) => id),
      firstMs,
    );
    for (const { id, declaration } of some) {
      const cpuPercent = new Array<number | null>(hours).fill(null);
      for (const { hour_ms, busy, weight_ms } of rows.get(id) ?? []) {
        const index = (hour_ms - firstMs) / hourMs;
        if (index < hours) cpuPercent[index] = Math.round((busy / weight_ms) * 10) / 10;
      }
      page.push({ id, site: (JSON.parse(declaration) as { site: string }).site, cpuPercent });
    }
    await turn();
  }
  const hoursMs = Array.from({ length: hours }, (_, index) => firstMs + index * hourMs);
  return { hoursMs, nodes: page, next: found.length > size ? (nodes.at(-1)?.id ?? null) : null };
};

const readHours = async (kysely: Kysely<OrchestratorSchema>, ids: readonly string[], firstMs: number): Promise<Map<string, NodeHourRow[]>> => {
  const rows = await kysely.selectFrom("node_hours").selectAll().where("node_id", "in", ids).where("hour_ms", ">=", firstMs).execute();
  return Map.groupBy(rows, (row) => row.node_id);
};

/** Forgets hours from before `beforeMs`. */
export const pruneHours = async (kysely: Kysely<OrchestratorSchema>, beforeMs: number): Promise<void> => {
  await kysely.deleteFrom("node_hours").where("hour_ms", "<", beforeMs).execute();
};
