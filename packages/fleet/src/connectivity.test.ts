import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bufferBytesMax,
  type ConnectivityChanges,
  type ConnectivityProfile,
  connectivity,
  connectivityNames,
  intervalBoundsMs,
  lineShares,
  metricsLogBytesFor,
  pullMs,
  refineConnectivity,
  reportIntervalMsMax,
} from "./connectivity.ts";
import {
  LOG_COMPRESSION,
  POLL_BYTES,
  REFERENCE_DEVICES,
  REFERENCE_IMAGE_BYTES,
  REFERENCE_NODES,
  REFERENCE_SERIES,
  REPORT_BYTES,
  SAMPLE_BYTES,
} from "./line-costs.ts";

const secondMs = 1_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

const changes: fc.Arbitrary<ConnectivityChanges> = fc.record(
  {
    budgetBytesPerDay: fc.integer({ min: 1_000, max: 100_000_000_000 }),
    outageMs: fc.integer({ min: 0, max: 400 * dayMs }),
    bandwidthBytesPerSecond: fc.integer({ min: 100, max: 1_250_000_000 }),
    latencyMs: fc.integer({ min: 0, max: 5_000 }),
    intervalMs: fc.integer({ min: 1, max: 30 * dayMs }),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<ConnectivityChanges>;

/** A built-in word, refined twice. */
const profiles: fc.Arbitrary<ConnectivityProfile> = fc
  .tuple(fc.constantFrom(...connectivityNames), changes, changes)
  .map(([word, first, second]) => refineConnectivity(refineConnectivity(connectivity[word], "first", first), "second", second));

const holds = (what: (profile: ConnectivityProfile) => void): void => {
  for (const profile of Object.values(connectivity)) what(profile);
  fc.assert(
    fc.property(profiles, (profile) => void what(profile)),
    { numRuns: 500 },
  );
};

describe("every connectivity profile, whatever is refined,", () => {
  it("waits longer for a rollout than the largest of our images takes on its line", () => {
    holds((profile) => expect(profile.timeoutMs).toBeGreaterThanOrEqual(1.5 * pullMs(profile, REFERENCE_IMAGE_BYTES)));
  });

  it("renews a certificate earlier than an outage could outlast it", () => {
    holds(({ certificateLifetimeMs, certificateRenewBeforeMs, outageMs }) => {
      expect(certificateRenewBeforeMs).toBeGreaterThan(outageMs);
      expect(certificateLifetimeMs).toBeGreaterThan(certificateRenewBeforeMs);
    });
  });

  it("tries again sooner than it would ask anyway, and asks as often as Flux allows at most", () => {
    holds(({ intervalMs, retryIntervalMs }) => {
      expect(retryIntervalMs).toBeLessThan(intervalMs);
      expect(retryIntervalMs).toBeGreaterThanOrEqual(30 * secondMs);
      expect(intervalMs).toBeGreaterThanOrEqual(intervalBoundsMs.min);
      expect(intervalMs).toBeLessThanOrEqual(intervalBoundsMs.max);
    });
  });

  it("keeps the metrics of an outage, or has a log of the greatest size", () => {
    holds((profile) => {
      const { metricsRetentionMs, metricsLogBytes, reportIntervalMs, outageMs } = profile;
      expect(metricsLogBytesFor(REFERENCE_SERIES, reportIntervalMs, metricsRetentionMs)).toBeLessThanOrEqual(metricsLogBytes);
      expect(metricsLogBytes).toBeLessThanOrEqual(bufferBytesMax(profile).metricsLogBytes);
      if (metricsRetentionMs <= outageMs) expect(metricsLogBytes).toBe(bufferBytesMax(profile).metricsLogBytes);
    });
  });

  it("keeps the logs of an outage, or has a buffer of the greatest size", () => {
    holds((profile) => {
      const wanted = (profile.logNodeBytesPerDay * profile.outageMs) / dayMs;
      const { logBufferBytes } = bufferBytesMax(profile);
      expect(profile.logBufferBytes).toBeLessThanOrEqual(logBufferBytes);
      if (profile.logBufferBytes < wanted) expect(profile.logBufferBytes).toBe(logBufferBytes);
    });
  });

  it("reports so seldom that reports and metrics of a place of the reference size take their shares, or as seldom as is allowed", () => {
    holds(({ budgetBytesPerDay, bandwidthBytesPerSecond, reportIntervalMs }) => {
      const bytesPerDay = Math.min(budgetBytesPerDay ?? Number.POSITIVE_INFINITY, bandwidthBytesPerSecond * 0.1 * 86_400);
      expect(reportIntervalMs).toBeLessThanOrEqual(reportIntervalMsMax);
      if (reportIntervalMs === reportIntervalMsMax) return;
      const timesADay = dayMs / reportIntervalMs;
      expect(timesADay * REFERENCE_DEVICES * REPORT_BYTES).toBeLessThanOrEqual(lineShares.reports * bytesPerDay);
      expect(timesADay * REFERENCE_SERIES * SAMPLE_BYTES).toBeLessThanOrEqual(lineShares.metrics * bytesPerDay);
    });
  });

  it("asks for revisions within their share of the budget, unless somebody states an interval", () => {
    holds(({ budgetBytesPerDay, intervalMs, intervalStatedMs, source }) => {
      if (budgetBytesPerDay === undefined || intervalStatedMs !== undefined || intervalMs === intervalBoundsMs.max) return;
      expect((dayMs / intervalMs) * POLL_BYTES[source]).toBeLessThanOrEqual(lineShares.polls * budgetBytesPerDay);
    });
  });

  it("lets the nodes of a place of the reference size log within their share of the budget, or next to nothing", () => {
    holds(({ budgetBytesPerDay, logNodeBytesPerDay }) => {
      if (budgetBytesPerDay === undefined || logNodeBytesPerDay <= 100_000) return;
      expect((logNodeBytesPerDay * REFERENCE_NODES) / LOG_COMPRESSION).toBeLessThanOrEqual(lineShares.logs * budgetBytesPerDay);
    });
  });

  it("has whole numbers of milliseconds, bytes and samples", () => {
    holds((profile) => {
      for (const [key, value] of Object.entries(profile)) {
        if (typeof value === "number" && key !== "jitterFraction") expect(Number.isSafeInteger(value), `${key} ${value}`).toBe(true);
      }
    });
  });
});

describe("refining a profile", () => {
  const seldom = (fact: keyof ConnectivityChanges, smaller: number, larger: number) => {
    const [small, large] = [smaller, larger].map((value) => refineConnectivity(connectivity.intermittent, "mine", { [fact]: value }));
    return [small?.reportIntervalMs ?? 0, large?.reportIntervalMs ?? 0];
  };

  it("reports never more often on a slower line or a smaller budget", () => {
    const pair = fc.tuple(fc.integer({ min: 1_000, max: 10_000_000_000 }), fc.integer({ min: 1_000, max: 10_000_000_000 }));
    for (const fact of ["bandwidthBytesPerSecond", "budgetBytesPerDay"] as const) {
      fc.assert(
        fc.property(pair, ([a, b]) => {
          const [small = 0, large = 0] = seldom(fact, Math.min(a, b), Math.max(a, b));
          expect(small).toBeGreaterThanOrEqual(large);
        }),
      );
    }
  });

  it("reports every 58 minutes where 5 MB a day are allowed", () => {
    // A fifth of 5 MB is 1 MB for metrics; 2,000 series of 20 bytes are 40,000 bytes: 25 times a day.
    const { reportIntervalMs } = refineConnectivity(connectivity.metered, "mine", { budgetBytesPerDay: 5_000_000 });
    expect(reportIntervalMs).toBe((24 * 60 * 60 * secondMs) / 25);
  });

  it("waits for hours where a pull takes hours", () => {
    // 200 MB at 20 kB/s are 10,000 s, and 40 answers of 0.6 s are 24 s.
    const { timeoutMs } = refineConnectivity(connectivity.metered, "mine", { bandwidthBytesPerSecond: 20_000, latencyMs: 600 });
    expect(timeoutMs).toBe(10_024 * 1.5 * secondMs);
  });

  it("keeps an interval that somebody stated through further refinements, and derives it anew where nobody did", () => {
    const stated = refineConnectivity(connectivity.metered, "stated", { intervalMs: 2 * hourMs });
    expect(refineConnectivity(stated, "further", { budgetBytesPerDay: 1_000_000 }).intervalMs).toBe(2 * hourMs);
    const small = refineConnectivity(connectivity.metered, "small", { budgetBytesPerDay: 1_000_000 });
    expect(small.intervalMs).toBeGreaterThan(connectivity.metered.intervalMs);
    expect(refineConnectivity(small, "again", { budgetBytesPerDay: 500_000_000 }).intervalMs).toBe(connectivity.metered.intervalMs);
  });
});
