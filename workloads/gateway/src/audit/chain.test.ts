import { createHash } from "node:crypto";
import type { AuditRecord } from "@fogline/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { beginning, canonicalTextOf, follow, hashOf, isBreak, type UnchainedRecord } from "./chain.ts";

const drained: UnchainedRecord = {
  ...{ sequence: 1, atMs: 1_700_000_000_000, requestId: "request-0001", principal: "ann", role: "admin", address: "192.0.2.7" },
  ...{ operation: "nodes.drain", target: "pi-1", outcome: "done", status: 200, code: null },
};

describe("the hash of an entry", () => {
  it("is SHA-256 over the hash before and the entry's fields in their order", () => {
    const text = '[1,1700000000000,"request-0001","ann","admin","192.0.2.7","nodes.drain","pi-1","done",200,null]';
    expect(canonicalTextOf(drained)).toBe(text);
    const expected = createHash("sha256")
      .update(`${"0".repeat(64)}\n${text}`)
      .digest("hex");
    expect(hashOf(beginning.hash, drained)).toBe(expected);
  });

  it("covers a detail where there is one, as one more element", () => {
    const text = '[1,1700000000000,"request-0001","ann","admin","192.0.2.7","nodes.drain","pi-1","done",200,null,"because"]';
    expect(canonicalTextOf({ ...drained, detail: "because" })).toBe(text);
  });
});

const anyText = fc.string({ maxLength: 8 });
const anyEntry = fc.record({
  atMs: fc.nat(),
  requestId: anyText,
  principal: anyText,
  role: fc.constantFrom("admin", "user", "node", "anyone"),
  address: anyText,
  operation: anyText,
  target: fc.option(anyText),
  outcome: fc.constantFrom("attempted" as const, "done" as const, "refused" as const, "failed" as const),
  status: fc.option(fc.integer({ min: 100, max: 599 })),
  code: fc.option(anyText),
});

const chained = (entries: readonly Omit<UnchainedRecord, "sequence">[]): AuditRecord[] => {
  let previous = beginning.hash;
  return entries.map((entry, index) => {
    const unchained = { ...entry, sequence: index + 1 };
    previous = hashOf(previous, unchained);
    return { ...unchained, hash: previous };
  });
};

const anyChain = fc.array(anyEntry, { minLength: 1, maxLength: 8 }).map(chained);
/** Whether somebody who knows the newest sequence and hash finds the chain whole. */
const isWhole = (chain: readonly AuditRecord[], head: AuditRecord | undefined): boolean => {
  const end = follow(beginning, chain);
  return !isBreak(end) && end.hash === head?.hash;
};

describe("a chain of entries", () => {
  it("is whole as it was written, from any entry on", () => {
    fc.assert(
      fc.property(anyChain, fc.nat(), (chain, from) => {
        expect(isWhole(chain, chain.at(-1))).toBe(true);
        const at = chain[from % chain.length];
        const rest = chain.slice((from % chain.length) + 1);
        expect(isBreak(follow(at ?? beginning, rest))).toBe(false);
      }),
    );
  });

  it("is not whole when one field of one entry is another, its hash included", () => {
    const fields = [...Object.keys(drained), "hash"] as (keyof AuditRecord)[];
    fc.assert(
      fc.property(anyChain, fc.nat(), fc.constantFrom(...fields), fc.oneof(anyText, fc.nat(), fc.constant(null)), (chain, which, field, value) => {
        const index = which % chain.length;
        fc.pre(chain[index]?.[field] !== value);
        const changed = chain.map((entry, at) => (at === index ? { ...entry, [field]: value } : entry)) as AuditRecord[];
        expect(isWhole(changed, chain.at(-1))).toBe(false);
      }),
    );
  });

  it("is not whole when an entry was removed, wherever it was", () => {
    fc.assert(
      fc.property(anyChain, fc.nat(), (chain, which) => {
        expect(isWhole(chain.toSpliced(which % chain.length, 1), chain.at(-1))).toBe(false);
      }),
    );
  });

  it("is not whole when two entries changed places, also with their sequences exchanged", () => {
    fc.assert(
      fc.property(anyChain, fc.nat(), fc.nat(), fc.boolean(), (chain, first, second, renumber) => {
        const [a, b] = [first % chain.length, second % chain.length];
        const [one, other] = [chain[a], chain[b]];
        fc.pre(a !== b && one !== undefined && other !== undefined);
        const swapped = chain.with(a, renumber ? { ...other, sequence: a + 1 } : other).with(b, renumber ? { ...one, sequence: b + 1 } : one);
        expect(isWhole(swapped, chain.at(-1))).toBe(false);
      }),
    );
  });

  it("is not whole when an entry was put in, also one that is hashed well and with those behind it renumbered", () => {
    fc.assert(
      fc.property(anyChain, fc.nat(), anyEntry, fc.boolean(), (chain, which, entry, renumber) => {
        const index = which % (chain.length + 1);
        const unchained = { ...entry, sequence: index + 1 };
        const forged = { ...unchained, hash: hashOf(chain[index - 1]?.hash ?? beginning.hash, unchained) };
        const behind = chain.slice(index).map((one) => (renumber ? { ...one, sequence: one.sequence + 1 } : one));
        expect(isWhole([...chain.slice(0, index), forged, ...behind], chain.at(-1))).toBe(false);
      }),
    );
  });
});
