import type { AuditRecord, Output, verifyAudit } from "@fogline/contracts";
import { counted } from "./format.ts";

export type Verification = Output<(typeof verifyAudit)["response"]>;

/** Whether the chain of entries is whole, in a sentence. */
export const chainText = ({ entries, intact, head, broken }: Verification): string => {
  if (head === null) return "The audit has no entry yet";
  const of = counted(entries, "entry", "entries");
  if (intact) return `${of}, the chain is whole; head ${head.hash.slice(0, hashShown)}`;
  return `${of}, the chain is broken${broken === null ? "" : ` at entry ${broken.sequence}: ${broken.why}`}`;
};

const hashShown = 12;
/** An attempt this young may still be under way. */
const underWayMs = 60_000;

/** One change: what was attempted, and how it went where that is known. */
export interface Change {
  readonly asked: AuditRecord;
  /** How it went; null when nothing followed. */
  readonly went: AuditRecord | null;
}

/**
 * The entries of a page, newest first, with each attempt and its outcome as one change. `later` are requests whose outcome is on a newer page: their
 * changes stand there. An attempt that nothing follows stands for itself.
 */
export const changesOf = (entries: readonly AuditRecord[], later: ReadonlySet<string> = new Set()): readonly Change[] => {
  const attempts = new Map(entries.filter(({ outcome }) => outcome === "attempted").map((entry) => [entry.requestId, entry]));
  const ended = new Set(entries.filter(({ outcome }) => outcome !== "attempted").map(({ requestId }) => requestId));
  return entries.flatMap((entry): readonly Change[] => {
    if (entry.outcome !== "attempted") return [{ asked: attempts.get(entry.requestId) ?? entry, went: entry }];
    return ended.has(entry.requestId) || later.has(entry.requestId) ? [] : [{ asked: entry, went: null }];
  });
};

/** Whether an attempt without an outcome was cut off, or may still be under way. */
export const isCutOff = ({ asked, went }: Change, nowMs: number): boolean => went === null && nowMs - asked.atMs > underWayMs;

/** How a change went, in words. */
export const resultText = ({ went }: Change, cutOff: boolean): string => {
  if (went === null) return cutOff ? "cut off, result not known" : "under way";
  const why = [went.status, went.code].filter((part) => part !== null).join(" ");
  return went.outcome === "done" ? "done" : `${went.outcome}${why === "" ? "" : ` (${why})`}`;
};
