import { DatabaseSync } from "node:sqlite";
import { Execution, ExecutionReport } from "@fogline/contracts/agent-protocol";
import type { JournalEntry, OutboxEntry, ProcessTrace, Store } from "./ports.ts";
import { countTotals } from "./totals.ts";

/** Finished executions whose ids are remembered, so that they never start again. At 100 tasks an hour this is three weeks. */
const seenMax = 50_000;
/** Finished executions whose last output is kept for `logs`. */
const tailsMax = 200;

const schema = `
  CREATE TABLE IF NOT EXISTS executions (
    position INTEGER PRIMARY KEY AUTOINCREMENT, executionId TEXT NOT NULL UNIQUE, phase TEXT NOT NULL, spec TEXT, trace TEXT, tail TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS executionsByPhase ON executions (phase, position);
  CREATE INDEX IF NOT EXISTS executionsWithTail ON executions (position) WHERE tail IS NOT NULL;
  CREATE TABLE IF NOT EXISTS outbox (sequence INTEGER PRIMARY KEY, executionId TEXT NOT NULL, report TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS sequence (one INTEGER PRIMARY KEY CHECK (one = 1), last INTEGER NOT NULL) STRICT;
`;

const textIn = (row: Record<string, unknown> | undefined, column: string): string | undefined => {
  const value = row?.[column];
  return typeof value === "string" ? value : undefined;
};
const numberIn = (row: Record<string, unknown> | undefined, column: string): number => Number(row?.[column] ?? 0);

/** What a store keeps through: the end of its process, or also a power cut, which takes a write to the disk for each change. */
export type Survives = "process" | "power-cut";

/**
 * The agent's durable store in one SQLite file (WAL), or ":memory:". What a method wrote survives a power cut unless told otherwise; the file
 * is whole in any case. A new file begins its sequence at `firstSequence`; taken from the clock, it stays above everything that an earlier
 * file of the node used.
 */
export const sqliteStore = (path: string, firstSequence: number, survives: Survives = "power-cut"): Store => {
  const database = new DatabaseSync(path);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -512; PRAGMA journal_size_limit = 1048576");
  // An empty schema that a power cut takes away is made again: only what follows has to be on the disk.
  database.exec(`BEGIN IMMEDIATE; ${schema}`);
  database.prepare("INSERT OR IGNORE INTO sequence (one, last) VALUES (1, ?)").run({}, Math.max(0, firstSequence - 1));
  const totals = countTotals(database);
  const synchronous = survives === "power-cut" ? "FULL" : "NORMAL";
  database.exec(`COMMIT; PRAGMA synchronous = ${synchronous}`);

  const sql = {
    known: database.prepare("SELECT 1 AS found FROM executions WHERE executionId = ?"),
    accept: database.prepare("INSERT INTO executions (executionId, phase, spec) VALUES (?, 'accepted', ?)"),
    start: database.prepare("UPDATE executions SET phase = 'started', trace = NULL WHERE executionId = ? AND phase <> 'finished'"),
    running: database.prepare("UPDATE executions SET trace = ? WHERE executionId = ?"),
    suspend: database.prepare("UPDATE executions SET phase = 'accepted', trace = NULL WHERE executionId = ? AND phase <> 'finished'"),
    finish: database.prepare("UPDATE executions SET phase = 'finished', spec = NULL, trace = NULL, tail = ? WHERE executionId = ?"),
    open: database.prepare("SELECT phase, spec, trace FROM executions WHERE phase IN ('accepted', 'started') ORDER BY position"),
    tail: database.prepare("SELECT tail FROM executions WHERE executionId = ?"),
    forget: database.prepare(
      "DELETE FROM executions WHERE phase = 'finished' AND position <= (SELECT MAX(position) FROM executions) - ? AND executionId NOT IN (SELECT executionId FROM outbox)",
    ),
    dropTails: database.prepare(
      "UPDATE executions SET tail = NULL WHERE tail IS NOT NULL AND position <= (SELECT MAX(position) FROM executions) - ?",
    ),
    supersede: database.prepare("DELETE FROM outbox WHERE executionId = ?"),
    next: database.prepare("UPDATE sequence SET last = last + 1 RETURNING last"),
    last: database.prepare("SELECT last FROM sequence"),
    jump: database.prepare("UPDATE sequence SET last = ?"),
    put: database.prepare("INSERT INTO outbox (sequence, executionId, report) VALUES (?, ?, ?)"),
    pending: database.prepare("SELECT sequence, report FROM outbox WHERE sequence > ? ORDER BY sequence LIMIT ?"),
    count: database.prepare("SELECT COUNT(*) AS found FROM outbox"),
    acknowledge: database.prepare("DELETE FROM outbox WHERE sequence <= ?"),
    all: database.prepare("SELECT sequence, executionId, report FROM outbox ORDER BY sequence"),
    clear: database.prepare("DELETE FROM outbox"),
  };

  const transaction = <Value>(change: () => Value): Value => {
    database.exec("BEGIN IMMEDIATE");
    try {
      const value = change();
      database.exec("COMMIT");
      return value;
    } catch (thrown) {
      database.exec("ROLLBACK");
      throw thrown;
    }
  };
  /** Makes a change without waiting for the disk: a power cut may take it back until the next one that waits. */
  const unhurried = (change: () => unknown): void => {
    database.exec("PRAGMA synchronous = NORMAL");
    try {
      change();
    } finally {
      database.exec(`PRAGMA synchronous = ${synchronous}`);
    }
  };
  const put = (executionId: string, report: string) => sql.put.run({}, numberIn(sql.next.get(), "last"), executionId, report);
  /** A newer report says everything that an older one of the same execution did. */
  const putNewest = (report: ExecutionReport) => {
    sql.supersede.run({}, report.executionId);
    put(report.executionId, JSON.stringify(report));
  };

  return {
    accept: (execution, report) =>
      transaction(() => {
        if (sql.known.get({}, execution.executionId) !== undefined) return false;
        sql.accept.run({}, execution.executionId, JSON.stringify(execution));
        putNewest(report);
        return true;
      }),
    start: (executionId) => void sql.start.run({}, executionId),
    running: (executionId, trace, report, imagePresent) =>
      transaction(() => {
        sql.running.run({}, JSON.stringify(trace), executionId);
        putNewest(report);
        if (imagePresent !== undefined) totals.imageAsked(imagePresent);
      }),
    suspend: (executionId) => void sql.suspend.run({}, executionId),
    finish: (report, tail) =>
      transaction(() => {
        sql.finish.run({}, tail, report.executionId);
        putNewest(report);
        totals.finished(report);
        sql.dropTails.run({}, tailsMax);
        sql.forget.run({}, seenMax);
      }),
    open: () =>
      sql.open.all().map((row): JournalEntry => {
        const trace = textIn(row, "trace");
        return {
          execution: Execution.parse(JSON.parse(textIn(row, "spec") ?? "null")),
          phase: row.phase === "started" ? "started" : "accepted",
          trace: trace === undefined ? undefined : (JSON.parse(trace) as ProcessTrace),
        };
      }),
    pending: (afterSequence, limit) =>
      sql.pending
        .all({}, afterSequence, limit)
        .map(
          (row): OutboxEntry => ({ sequence: numberIn(row, "sequence"), report: ExecutionReport.parse(JSON.parse(textIn(row, "report") ?? "null")) }),
        ),
    pendingCount: () => numberIn(sql.count.get(), "found"),
    // What comes back after a power cut is sent once more, and the hub knows it by its sequence.
    acknowledge: (sequence) => unhurried(() => sql.acknowledge.run({}, sequence)),
    resume: (acknowledged, outage) =>
      transaction(() => {
        if (outage !== undefined) totals.ended(outage);
        if (acknowledged <= numberIn(sql.last.get(), "last")) return void sql.acknowledge.run({}, acknowledged);
        const waiting = sql.all.all();
        sql.clear.run();
        sql.jump.run({}, acknowledged);
        for (const row of waiting) put(textIn(row, "executionId") ?? "", textIn(row, "report") ?? "");
      }),
    lost: totals.lost,
    totals: totals.read,
    tail: (executionId) => textIn(sql.tail.get({}, executionId), "tail"),
    close: () => database.close(),
  };
};
