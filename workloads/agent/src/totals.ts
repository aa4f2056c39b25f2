import type { DatabaseSync } from "node:sqlite";
import type { ExecutionReport } from "@fogline/contracts/agent-protocol";
import type { Outage, Totals } from "./ports.ts";

const schema = `
  CREATE TABLE IF NOT EXISTS totals (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    completed INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0,
    imagesAsked INTEGER NOT NULL DEFAULT 0, imagesPresent INTEGER NOT NULL DEFAULT 0,
    outages INTEGER NOT NULL DEFAULT 0, outagesMs INTEGER NOT NULL DEFAULT 0, longestOutageMs INTEGER NOT NULL DEFAULT 0,
    lastOutageEndedAtMs INTEGER, finishedAway INTEGER NOT NULL DEFAULT 0, awaySinceMs INTEGER, lastSyncAtMs INTEGER
  ) STRICT;
`;

/**
 * The totals of a data folder in one row. Nothing here begins a transaction: what is counted is written with what it counts, so that neither
 * can be without the other. Call it inside the transaction that makes the schema.
 */
export const countTotals = (database: DatabaseSync) => {
  database.exec(schema);
  database.exec("INSERT OR IGNORE INTO totals (one) VALUES (1)");
  const sql = {
    finished: database.prepare(
      "UPDATE totals SET completed = completed + ?, failed = failed + ?, finishedAway = finishedAway + (awaySinceMs IS NOT NULL)",
    ),
    imageAsked: database.prepare("UPDATE totals SET imagesAsked = imagesAsked + 1, imagesPresent = imagesPresent + ?"),
    lost: database.prepare("UPDATE totals SET awaySinceMs = ?, lastSyncAtMs = coalesce(?, lastSyncAtMs)"),
    ended: database.prepare(`
      UPDATE totals SET outages = outages + 1, outagesMs = outagesMs + ?, longestOutageMs = max(longestOutageMs, ?), lastOutageEndedAtMs = ?,
      awaySinceMs = NULL, lastSyncAtMs = ?`),
    read: database.prepare(
      "SELECT completed, failed, imagesAsked, imagesPresent, outages, outagesMs, longestOutageMs, lastOutageEndedAtMs, finishedAway, awaySinceMs, lastSyncAtMs FROM totals",
    ),
  };
  return {
    finished: ({ outcome, exitCode }: Pick<ExecutionReport, "outcome" | "exitCode">): void => {
      const completed = exitCode === 0 ? 1 : 0;
      sql.finished.run({}, completed, outcome === "cancelled" ? 0 : 1 - completed);
    },
    imageAsked: (present: boolean): void => void sql.imageAsked.run({}, present ? 1 : 0),
    lost: (atMs: number, lastContactMs: number | null): void => void sql.lost.run({}, atMs, lastContactMs),
    ended: ({ endedAtMs, lastedMs }: Outage): void => void sql.ended.run({}, lastedMs, lastedMs, endedAtMs, endedAtMs),
    read: (): Totals => sql.read.get() as unknown as Totals,
  };
};
