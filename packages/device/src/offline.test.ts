import { describe, expect, it } from "vitest";
import type { DeviceState } from "./capabilities.ts";
import { explainOffline, type OfflineFacts } from "./offline.ts";

const minute = 60_000;
const hour = 60 * minute;
const nowMs = Date.UTC(2026, 10, 26, 14, 0);
const leftMs = nowMs - 2 * hour;

const state: DeviceState = {
  ...{ sampledAtMs: leftMs, uptimeMs: hour, cpuPercent: 5, memoryAvailableBytes: 3e9, storageFreeBytes: 16e9, temperatureCelsius: 45 },
  ...{ batteryPercent: null, charging: null, networkBandwidthMbps: 100, networkLatencyMs: 3, powerMode: "balanced", thermalState: "normal" },
};
const valid = { notAfterMs: nowMs + 20 * 24 * hour, revokedAtMs: null };

/** A device with a valid certificate that fell silent two hours ago, beside a neighbour that is there. */
const facts = (changes: Partial<OfflineFacts> = {}): OfflineFacts => ({
  ...{ nowMs, id: "pi-17", site: "plant-7", status: "offline", statusSinceMs: leftMs + 4_000, lastSeenAtMs: leftMs, state },
  reason: 'it did not come back within 4 s: "pi-1" of its site cannot reach it',
  lost: { atMs: leftMs, reason: "its connection was lost: it did not answer 2 pings" },
  certificates: [valid],
  renewalGraceMs: 30 * 24 * hour,
  enrolment: null,
  refused: null,
  neighbours: [{ id: "pi-1", online: true, sinceMs: leftMs - hour }],
  ...changes,
});
const neverSeen = { status: "never-seen", lastSeenAtMs: null, state: null, lost: null, certificates: [] } as const;

describe("why a device is away", () => {
  it("is that it alone is gone, where its site is there and cannot reach it", () => {
    expect(explainOffline(facts())).toEqual({
      cause: "alone",
      answer: "pi-17 alone is gone: power, network or a crash",
      because: [
        "pi-1 of plant-7 is connected, so the uplink works",
        "pi-1 cannot reach it there either",
        "last heard 2h ago, at 2026-11-26 12:00 UTC",
      ],
      next: [
        "see to its power and its cable or Wi-Fi, in that order",
        "a board that hangs comes back by being powered off and on; then: fogline device support-bundle",
      ],
      also: [],
    });
  });

  it("is the site where all of it is silent, and says who left with it", () => {
    const gone = [
      { id: "pi-1", online: false, sinceMs: leftMs + minute },
      { id: "pi-2", online: false, sinceMs: leftMs - hour },
    ];
    const { cause, answer, because } = explainOffline(facts({ neighbours: gone, reason: "no peer of its site could be asked" }));
    expect([cause, answer]).toEqual(["site", "all of plant-7 is silent, not pi-17 alone"]);
    expect(because.slice(0, 2)).toEqual(["none of the 3 devices of plant-7 is connected", "pi-1 left within 3m of it"]);
  });

  it("is the line between site and hub where a neighbour still reaches it", () => {
    const seen = facts({ status: "suspect", reason: 'its connection is lost, but "pi-1" of its site reaches it' });
    expect(explainOffline(seen)).toMatchObject({ cause: "link", because: ["pi-1 of its site reaches it", expect.any(String)] });
  });

  it("is what it said itself when it left in good order", () => {
    const left = (reason: string) => explainOffline(facts({ lost: { atMs: leftMs, reason: `its connection was lost: it said goodbye: ${reason}` } }));
    expect(left("SIGTERM")).toMatchObject({ cause: "goodbye", answer: "pi-17 left in good order" });
    expect(left("SIGTERM").because[0]).toBe("it said goodbye 2h ago: SIGTERM");
    expect(left("it restarts, as ada asked")).toMatchObject({ cause: "goodbye", answer: "pi-17 restarts" });
  });

  it("is the revocation, before everything that may also be so", () => {
    const out = explainOffline(
      facts({ certificates: [{ ...valid, revokedAtMs: leftMs }, valid], state: { ...state, batteryPercent: 3, charging: false } }),
    );
    expect(out).toMatchObject({ cause: "revoked", answer: "pi-17 was locked out" });
    expect(out.because[0]).toBe("its certificate was revoked at 2026-11-26 12:00 UTC");
    expect(out.also).toContain("the battery of pi-17 is most likely empty");
  });

  it("is no revocation where a newer certificate followed", () => {
    expect(explainOffline(facts({ certificates: [valid, { ...valid, revokedAtMs: leftMs }] })).cause).toBe("alone");
  });

  it("is the certificate that ended, and whether the agent mends that by itself", () => {
    const ended = (days: number) => explainOffline(facts({ certificates: [{ notAfterMs: nowMs - days * 24 * hour, revokedAtMs: null }] }));
    expect(ended(3)).toMatchObject({ cause: "certificate-ended" });
    expect(ended(3).because[0]).toContain("until 2026-12-23 14:00 UTC the agent renews it by itself");
    expect(ended(31).next[0]).toContain("fogline device enrol pi-17");
  });

  it("is the hub's refusal where it came since and was sent away", () => {
    const refused = (code: string, atMs = nowMs - minute) =>
      explainOffline(facts({ refused: { atMs, code, message: "the agent is 0.1.0, the hub 0.9.0" } }));
    expect(refused("FL4063")).toMatchObject({ cause: "version", answer: "pi-17 is alive, and the hub does not take its agent" });
    expect(refused("FL4032")).toMatchObject({ cause: "refused" });
    expect(refused("FL4063", leftMs - hour).cause).toBe("alone");
  });

  it("is the battery, the heat or the full disk that it spoke of last", () => {
    const last = (changes: Partial<DeviceState>) => explainOffline(facts({ state: { ...state, ...changes } }));
    expect(last({ batteryPercent: 3, charging: false })).toMatchObject({ cause: "battery" });
    expect(last({ batteryPercent: 3, charging: false }).because[0]).toBe("its battery was at 3 % and not charging when it was last heard");
    expect(last({ batteryPercent: 3, charging: true }).cause).toBe("alone");
    expect(last({ temperatureCelsius: 91, thermalState: "critical" }).because[0]).toBe("its processor was at 91 C (critical) when it was last heard");
    expect(last({ storageFreeBytes: 5 * 1_048_576 }).because[0]).toBe("5 MiB were free when it was last heard");
  });

  it("is its clock where that was off when it was last heard", () => {
    const off = (ms: number) => explainOffline(facts({ state: { ...state, sampledAtMs: leftMs + ms } }));
    expect(off(-3 * hour)).toMatchObject({ cause: "clock", answer: "the clock of pi-17 is wrong" });
    expect(off(-3 * hour).because[0]).toContain("its clock was 3h behind");
    expect(off(2 * hour).because[0]).toContain("its clock was 2h ahead");
    expect(off(-4 * minute).cause).toBe("alone");
  });

  it("is that it never came, and at which step that ended", () => {
    const never = (changes: Partial<OfflineFacts>) => explainOffline(facts({ ...neverSeen, ...changes })).cause;
    expect(never({})).toBe("never-enrolled");
    expect(never({ enrolment: { expiresAtMs: nowMs + hour, usedAtMs: null } })).toBe("token-waits");
    expect(never({ enrolment: { expiresAtMs: nowMs - hour, usedAtMs: null } })).toBe("token-expired");
    expect(never({ certificates: [valid], enrolment: { expiresAtMs: nowMs + hour, usedAtMs: nowMs } })).toBe("never-came");
  });

  it("is unknown where nobody can be asked, and then says what is known", () => {
    const lonely = explainOffline(facts({ neighbours: [], reason: "it did not come back within 4 s: no peer of its site could be asked" }));
    expect(lonely).toMatchObject({ cause: "unknown", answer: "pi-17 is gone, and nothing says why" });
    expect(lonely.because).toEqual([
      "last heard 2h ago, at 2026-11-26 12:00 UTC",
      "its connection was lost: it did not answer 2 pings",
      "it did not come back within 4 s: no peer of its site could be asked",
    ]);
  });

  it("is nothing where it is online", () => {
    expect(explainOffline(facts({ status: "online", statusSinceMs: nowMs - hour }))).toMatchObject({
      cause: "online",
      answer: "pi-17 is online for 1h",
    });
  });
});
