import { createHash } from "node:crypto";
import type { AuditRecord } from "@fogline/contracts";

/** An entry before it has its hash. */
export type UnchainedRecord = Omit<AuditRecord, "hash">;

/** A place in the chain: the sequence of an entry and its hash. */
export interface Link {
  readonly sequence: number;
  readonly hash: string;
}

/** Where every chain begins: before the first entry. */
export const beginning: Link = { sequence: 0, hash: "0".repeat(64) };

/**
 * The one text of an entry: its fields in this order, as a JSON list. Two entries that differ in anything have different texts. A detail is the last
 * element of a longer list, so that entries without one keep the text that they had before there were details.
 */
export const canonicalTextOf = (entry: UnchainedRecord): string =>
  JSON.stringify([
    entry.sequence,
    entry.atMs,
    entry.requestId,
    entry.principal,
    entry.role,
    entry.address,
    entry.operation,
    entry.target,
    entry.outcome,
    entry.status,
    entry.code,
    ...(entry.detail === undefined ? [] : [entry.detail]),
  ]);

/** The hash of an entry: SHA-256 (FIPS 180-4) over the hash before, a line break and the entry's canonical text in UTF-8; hexadecimal. */
export const hashOf = (previousHash: string, entry: UnchainedRecord): string =>
  createHash("sha256")
    .update(`${previousHash}\n${canonicalTextOf(entry)}`)
    .digest("hex");

/** Where a chain breaks, and why. */
export interface Break {
  readonly sequence: number;
  readonly why: string;
}

/** Follows the chain from `from` through entries in their order: the place after the last one, or where it breaks. */
export const follow = (from: Link, entries: Iterable<AuditRecord>): Link | Break => {
  let at = from;
  for (const entry of entries) {
    const expected = at.sequence + 1;
    if (entry.sequence !== expected) return { sequence: expected, why: `entry ${expected} is missing: after ${at.sequence} comes ${entry.sequence}` };
    const hash = hashOf(at.hash, entry);
    if (hash !== entry.hash) return { sequence: expected, why: `entry ${expected} is not the one that was written after ${at.sequence}` };
    at = { sequence: expected, hash };
  }
  return at;
};

export const isBreak = (end: Link | Break): end is Break => "why" in end;
