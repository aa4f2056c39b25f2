import type { NodeStatus, nodeHistory, Output } from "@fogline/contracts";
import type { Kysely, Transaction } from "kysely";
import { sql } from "kysely";
import type { NodeRow, OrchestratorSchema } from "../schema.ts";

/** Changes of a node that are kept; a node that flaps more than that in thirty days is remembered for a shorter time. */
export const changesKeptMax = 1_000;
export const changesKeptMs = 30 * 86_400_000;
/** Bytes of a reason in JSON, so that all changes of a node fit into one message of the bus: 1,000 x (150 + 60) bytes. */
const reasonBytesMax = 150;

type StatusChange = { readonly atMs: number; readonly status: NodeStatus; readonly reason: string };
export type History = Output<typeof nodeHistory.response>;

const away: ReadonlySet<NodeStatus> = new Set(["suspect", "offline"]);

/** The changes from `sinceMs` on, with the status at that moment first. Where less is known, the history begins with the first known change. */
const within = (known: readonly StatusChange[], sinceMs: number, nowMs: number): StatusChange[] => {
  let latestMs = Number.NEGATIVE_INFINITY;
  const ordered = known.map((change) => {
    // A wall clock that was set back must not make time negative.
    latestMs = Math.min(nowMs, Math.max(latestMs, change.atMs));
    return { ...change, atMs: latestMs };
  });
  const inForce = ordered.findLastIndex(({ atMs }) => atMs <= sinceMs);
  return ordered.slice(Math.max(0, inForce)).map((change) => ({ ...change, atMs: Math.max(sinceMs, change.atMs) }));
};

/**
 * What a node's changes of status add up to between `sinceMs` and `nowMs`. An outage lasts from the suspicion until the node is online again,
 * over however many changes; one that began earlier or goes on counts with its part. Availability is of the time since the node was first seen.
 * `known`: oldest first, from before `sinceMs` where there is such.
 */
export const connectionHistory = (known: readonly StatusChange[], sinceMs: number, nowMs: number): History => {
  const changes = within(known, sinceMs, nowMs);
  const spentMs: Record<NodeStatus, number> = { "never-seen": 0, online: 0, suspect: 0, offline: 0 };
  const outagesMs: number[] = [];
  for (const [index, { atMs, status }] of changes.entries()) {
    const lastedMs = (changes[index + 1]?.atMs ?? nowMs) - atMs;
    spentMs[status] += lastedMs;
    if (!away.has(status)) continue;
    const before = changes[index - 1];
    if (before === undefined || !away.has(before.status)) outagesMs.push(0);
    outagesMs[outagesMs.length - 1] = (outagesMs.at(-1) ?? 0) + lastedMs;
  }
  const offlineMs = spentMs.suspect + spentMs.offline;
  const seenMs = spentMs.online + offlineMs;
  const last = changes.at(-1)?.status ?? "never-seen";
  const atOnce = last === "never-seen" ? null : last === "online" ? 1 : 0;
  return {
    sinceMs: changes[0]?.atMs ?? nowMs,
    changes,
    outages: outagesMs.length,
    offlineMs,
    longestOutageMs: Math.max(0, ...outagesMs),
    availability: seenMs === 0 ? atOnce : spentMs.online / seenMs,
  };
};

/** A reason as it is kept. */
export const keptReason = (reason: string): string => {
  const fits = (text: string): boolean => Buffer.byteLength(JSON.stringify(text)) <= reasonBytesMax;
  if (fits(reason)) return reason;
  let text = reason.slice(0, reasonBytesMax);
  while (!fits(`${text}...`)) text = text.slice(0, -1);
  return `${text.toWellFormed()}...`;
};

/** Notes the status of a node that has just changed, in the transaction that changes it; the oldest make room. */
export const recordStatus = async (transaction: Transaction<OrchestratorSchema>, node: NodeRow): Promise<void> => {
  const { id, version, status, status_since_ms: atMs, reason } = node;
  await transaction
    .insertInto("status_changes")
    .values({ node_id: id, version, at_ms: atMs, status, reason: keptReason(reason) })
    .execute();
  const tooOld = await transaction
    .selectFrom("status_changes")
    .select("version")
    .where("node_id", "=", id)
    .orderBy("version", "desc")
    .offset(changesKeptMax)
    .limit(1)
    .executeTakeFirst();
  if (tooOld !== undefined) await transaction.deleteFrom("status_changes").where("node_id", "=", id).where("version", "<=", tooOld.version).execute();
};

/** How a node was connected since `sinceMs`, as far as that is known. */
export const historyOf = async (kysely: Kysely<OrchestratorSchema>, id: string, sinceMs: number, nowMs: number): Promise<History> => {
  const rows = await kysely.selectFrom("status_changes").selectAll().where("node_id", "=", id).orderBy("version").execute();
  const known = rows.map(({ at_ms: atMs, status, reason }) => ({ atMs, status: status as NodeStatus, reason }));
  return connectionHistory(known, sinceMs, nowMs);
};

/** Forgets changes from before `beforeMs`; of each node the one that was in force then stays. */
export const pruneChanges = async (kysely: Kysely<OrchestratorSchema>, beforeMs: number): Promise<void> => {
  await sql`delete from status_changes where at_ms < ${beforeMs} and version < (
    select max(inforce.version) from status_changes as inforce where inforce.node_id = status_changes.node_id and inforce.at_ms <= ${beforeMs}
  )`.execute(kysely);
};
