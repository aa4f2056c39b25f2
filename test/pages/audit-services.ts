import { type AuditRecord, listAuditRecords, verifyAudit } from "@fogline/contracts";
import { ok } from "@fogline/findings";
import { type Answering, answering } from "./answering.ts";

const hashOf = (sequence: number): string => (sequence * 2_654_435_761).toString(16).padStart(8, "0").slice(-8).repeat(8);

const entryOf = (sequence: number, atMs: number, change: Partial<AuditRecord>): AuditRecord => ({
  ...{ sequence, atMs, requestId: `r-${sequence}`, principal: "ada", role: "admin", address: "192.0.2.7" },
  ...{ operation: "nodes.drain", target: "pi-2", outcome: "attempted", status: null, code: null, hash: hashOf(sequence) },
  ...change,
});

/** Three changes: one done, one refused, one cut off; and as many done ones before as are asked for. */
export const auditOf = (nowMs: number, older = 0): AuditRecord[] => {
  const before = Array.from({ length: older }, (_, index): AuditRecord[] => {
    const facts = { requestId: `old-${index}`, operation: "tasks.create", target: null, principal: "uwe", role: "user" } as const;
    const atMs = nowMs - 7_200_000 + index;
    return [entryOf(2 * index + 1, atMs, facts), entryOf(2 * index + 2, atMs, { ...facts, outcome: "done", status: 200 })];
  }).flat();
  const at = (step: number, change: Partial<AuditRecord>) => entryOf(before.length + step, nowMs - 600_000 + step * 60_000, change);
  return [
    ...before,
    at(1, { requestId: "r-a" }),
    at(2, { requestId: "r-a", outcome: "done", status: 200 }),
    at(3, { requestId: "r-b", operation: "users.remove", target: "ada" }),
    at(4, { requestId: "r-b", operation: "users.remove", target: "ada", outcome: "refused", status: 409, code: "FL4005" }),
    at(5, { requestId: "r-c", operation: "nodes.remove", target: "gate-phone", principal: "grace", address: "2001:db8::17" }),
  ];
};

export interface AuditServices {
  entries: AuditRecord[];
  /** Where the chain is broken; null while it is whole. */
  broken: { sequence: number; why: string } | null;
  readonly answers: (world: unknown, nowMs: number) => readonly Answering[];
}

/** The audit of the gateway as its page sees it. */
export const auditServices = (records: (nowMs: number) => AuditRecord[] = auditOf): AuditServices => {
  const services: AuditServices = {
    entries: [],
    broken: null,
    answers: (_, nowMs) => {
      services.entries = records(nowMs);
      return [
        answering(listAuditRecords, async ({ limit, before, after, principal, operation, target }) => {
          const having = services.entries.filter(
            (entry) =>
              (principal === undefined || entry.principal === principal) &&
              (operation === undefined || entry.operation === operation) &&
              (target === undefined || entry.target === target),
          );
          const entries =
            after === undefined
              ? having.filter(({ sequence }) => before === undefined || sequence < before).toReversed()
              : having.filter(({ sequence }) => sequence > after);
          return ok({ entries: entries.slice(0, limit), previousHash: hashOf(0) });
        }),
        answering(verifyAudit, async () => {
          const head = services.entries.at(-1);
          return ok({
            entries: services.entries.length,
            intact: services.broken === null,
            head: head === undefined ? null : { sequence: head.sequence, hash: head.hash },
            broken: services.broken,
          });
        }),
      ];
    },
  };
  return services;
};
