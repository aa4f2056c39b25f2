import { NodeStatus } from "@fogline/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Candidate, conclude, planProbes } from "./confirm.ts";

const node = (id: string, more: Partial<Candidate> = {}): Candidate => ({
  id,
  site: "lab",
  status: "online",
  draining: false,
  probeAddress: `${id}:7000`,
  ...more,
});
const options = { confirmMs: 4_000, peersMax: 2 };

describe("who is asked about a suspect", () => {
  const suspect = node("pi-1", { status: "suspect" });

  it("is two online nodes of its site, told its address and half of the time", () => {
    const probes = planProbes(suspect, [suspect, node("pi-4"), node("pi-3"), node("pi-2")], options);
    expect(probes).toEqual([
      { peer: "pi-2", address: "pi-1:7000", suspect: "pi-1", timeoutMs: 2_000 },
      { peer: "pi-3", address: "pi-1:7000", suspect: "pi-1", timeoutMs: 2_000 },
    ]);
  });

  it("is nobody of another site and nobody who is not online", () => {
    expect(planProbes(suspect, [suspect, node("a", { site: "other" }), node("b", { status: "suspect" })], options)).toEqual([]);
  });

  it("is a draining node only when no other is there", () => {
    const probes = planProbes(suspect, [node("pi-2", { draining: true }), node("pi-3")], { ...options, peersMax: 1 });
    expect(probes.map(({ peer }) => peer)).toEqual(["pi-3"]);
  });

  it("is nobody when the suspect has no address", () => {
    expect(planProbes(node("pi-1", { probeAddress: null }), [node("pi-2")], options)).toEqual([]);
  });

  it("is never the suspect, never more than allowed, and always online in its site", () => {
    const anyNode = fc.record({
      id: fc.constantFrom("a", "b", "c", "d", "e"),
      site: fc.constantFrom("lab", "roof"),
      status: fc.constantFrom(...NodeStatus.options),
      draining: fc.boolean(),
      probeAddress: fc.option(fc.constant("host:1")),
    });
    fc.assert(
      fc.property(anyNode, fc.uniqueArray(anyNode, { selector: ({ id }) => id }), fc.nat(3), (target, nodes, peersMax) => {
        const probes = planProbes(target, nodes, { confirmMs: 4_000, peersMax });
        expect(probes.length).toBeLessThanOrEqual(peersMax);
        for (const { peer } of probes) {
          const found = nodes.find(({ id }) => id === peer);
          expect(peer).not.toBe(target.id);
          expect(found).toMatchObject({ site: target.site, status: "online" });
        }
      }),
    );
  });
});

describe("what the answers mean", () => {
  it("is that it lives when one peer reaches it, whatever the others say", () => {
    const verdicts = [
      { peer: "pi-2", alive: false },
      { peer: "pi-3", alive: true },
    ];
    expect(conclude(verdicts, options)).toEqual({ kind: "seenByPeer", peer: "pi-3" });
  });

  it("names the peers that cannot reach it", () => {
    expect(
      conclude(
        [
          { peer: "pi-2", alive: false },
          { peer: "pi-3", alive: null },
        ],
        options,
      ),
    ).toEqual({
      kind: "unconfirmed",
      reason: 'it did not come back within 4 s: "pi-2" of its site cannot reach it',
    });
  });

  it("says when no peer answered, and when none could be asked", () => {
    expect(conclude([{ peer: "pi-2", alive: null }], options)).toMatchObject({
      reason: "it did not come back within 4 s: no peer of its site answered",
    });
    expect(conclude([], options)).toMatchObject({ reason: "it did not come back within 4 s: no peer of its site could be asked" });
  });
});
