import { describe, expect, it } from "vitest";
import { AuditRecord, listAuditRecords, verifyAudit } from "./audit.ts";
import { faults } from "./testing/fields.ts";
import { anyQueryWhole, flag, inner, listOf, oneOf, orAbsent, orNull, queryWhole, text, whole } from "./testing/rows.ts";
import { auditRecord } from "./testing/samples.ts";

describe("an entry of the audit log", () => {
  it("says who, what, from where and how it went, and has its place in the chain", () => {
    const table = {
      sequence: whole,
      atMs: whole,
      requestId: text,
      principal: text,
      role: text,
      address: text,
      operation: text,
      target: orNull(text),
      outcome: oneOf("attempted", "done", "refused", "failed"),
      status: orNull(whole),
      code: orNull(text),
      detail: orAbsent(text),
      hash: text,
    };
    expect(faults(AuditRecord, auditRecord, table)).toEqual([]);
  });

  it("is listed at most 500 a page, from either end and by who, what and on what", () => {
    const asked = { limit: 2, before: 9, after: 1, principal: "ann", operation: "nodes.drain", target: "pi-3" };
    const table = {
      limit: queryWhole(1, 500, 100),
      before: anyQueryWhole,
      after: anyQueryWhole,
      principal: orAbsent(text),
      operation: orAbsent(text),
      target: orAbsent(text),
    };
    expect(faults(listAuditRecords.request, asked, table)).toEqual([]);
    const page = { entries: [auditRecord], previousHash: "00" };
    expect(faults(listAuditRecords.response, page, { entries: listOf(auditRecord), previousHash: text })).toEqual([]);
  });
});

describe("the chain of the audit log", () => {
  it("is verified as a whole, and says where it breaks", () => {
    expect(faults(verifyAudit.request, {}, {})).toEqual([]);
    const head = { sequence: 3, hash: "00" };
    const broken = { sequence: 2, why: "its hash is another" };
    const table = {
      entries: whole,
      intact: flag,
      head: orNull(inner(head)),
      "head.sequence": whole,
      "head.hash": text,
      broken: orNull(inner(broken)),
      "broken.sequence": whole,
      "broken.why": text,
    };
    expect(faults(verifyAudit.response, { entries: 3, intact: false, head, broken }, table)).toEqual([]);
  });
});
