import { z } from "zod";
import { operation } from "./kernel/declaration.ts";

// Who changed what. Kept by the gateway, where every change comes in. Entries form a chain of hashes, so that one that was altered, removed or
// put in later is found.

export const AuditRecord = z.object({
  /** From 1 without gaps. */
  sequence: z.int(),
  atMs: z.int(),
  requestId: z.string(),
  principal: z.string(),
  role: z.string(),
  /** The address that the request came from. */
  address: z.string(),
  /** The operation, like `nodes.drain`. */
  operation: z.string(),
  /** What it was done to: the id, name or node of the request; null when it has none. */
  target: z.string().nullable(),
  /**
   * `attempted` is written before the change is made and is followed by how it went; one that nothing follows was cut off, and its result is
   * not known. `refused` was answered with a reason, `failed` without one.
   */
  outcome: z.enum(["attempted", "done", "refused", "failed"]),
  /** HTTP status, and the code of a problem. */
  status: z.int().nullable(),
  code: z.string().nullable(),
  /** What the operation alone does not say, like the command of a shell; absent where it says all. */
  detail: z.string().optional(),
  /** SHA-256 over the hash before and this entry, hexadecimal. */
  hash: z.string(),
});

export const listAuditRecords = operation({
  name: "audit.list",
  summary: "Every change that was asked for, newest first, or from a sequence on oldest first.",
  role: "admin",
  idempotency: "safe",
  http: { method: "GET", path: "/api/audit" },
  request: z.object({
    limit: z.coerce.number().int().min(1).max(500).default(100),
    /** Entries before this sequence, newest first. */
    before: z.coerce.number().int().optional(),
    /** Entries after this sequence, oldest first: for an export. */
    after: z.coerce.number().int().optional(),
    principal: z.string().optional(),
    operation: z.string().optional(),
    target: z.string().optional(),
  }),
  /** `previousHash` is the hash before the oldest entry of the page, so that an export can be checked alone. */
  response: z.object({ entries: z.array(AuditRecord), previousHash: z.string() }),
});

export const verifyAudit = operation({
  name: "audit.verify",
  summary: "Compute the chain of hashes anew and say where it breaks, if it does.",
  role: "admin",
  idempotency: "safe",
  timeoutMs: 60_000,
  http: { method: "GET", path: "/api/audit/verify" },
  request: z.object({}),
  response: z.object({
    entries: z.int(),
    intact: z.boolean(),
    /** The newest sequence and its hash: noted elsewhere, they show later that the end was not cut off. */
    head: z.object({ sequence: z.int(), hash: z.string() }).nullable(),
    broken: z.object({ sequence: z.int(), why: z.string() }).nullable(),
  }),
});

export type AuditRecord = z.output<typeof AuditRecord>;
