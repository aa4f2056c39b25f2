import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { availabilityText, outagesOf, spansOf } from "../../workloads/gateway/dashboard/src/text/outages.ts";
import { movesByCell, placementsAnswer, stepOf } from "../../workloads/gateway/dashboard/src/view/placements/heat.ts";
import { layoutOf, neighbour, type Placed, tiers } from "../../workloads/gateway/dashboard/src/view/topology/layout.ts";

const placed = (count: number, sites: number): Placed[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `d-${index}`,
    site: `site-${index % sites}`,
    tier: tiers[(index * 7) % tiers.length] ?? "iot",
  }));

const spotsOf = (devices: readonly Placed[], width: number, heightMax: number) => {
  const layout = layoutOf(devices, width, heightMax);
  return { layout, spots: layout.bands.flatMap(({ groups }) => groups.flatMap(({ spots }) => spots)) };
};

describe("the drawing of the tiers", () => {
  it("has five bands from the cloud down, also where a tier has no device", () => {
    const { bands } = layoutOf([{ id: "pi-1", site: "plant-7", tier: "access-edge" }], 1_000, 800);
    expect(bands.map(({ tier }) => tier)).toEqual(["cloud", "regional-edge", "metro-edge", "access-edge", "iot"]);
    expect(bands.map(({ y }) => y)).toEqual([...bands.map(({ y }) => y)].sort((a, b) => a - b));
  });

  it("fits a thousand devices of twenty sites on a screen of 1440 by 1000", () => {
    const { layout, spots } = spotsOf(placed(1_000, 20), 1_040, 800);
    expect(spots).toHaveLength(1_000);
    expect(layout.height).toBeLessThanOrEqual(800);
  });

  it("names the devices of a small fleet", () => {
    expect(layoutOf(placed(12, 2), 1_040, 800).named).toBe(true);
  });

  it("draws every device once, within its width, and none over another", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 320, max: 1_400 }), (count, sites, width) => {
        const { layout, spots } = spotsOf(placed(count, sites), width, 700);
        expect(new Set(spots.map(({ id }) => id)).size).toBe(count);
        expect(spots.every(({ x, y }) => x >= 0 && x + layout.size <= width && y + layout.size <= layout.height)).toBe(true);
        const taken = spots.some((a, index) =>
          spots.slice(index + 1).some((b) => Math.abs(a.x - b.x) < layout.size && Math.abs(a.y - b.y) < layout.size),
        );
        expect(taken).toBe(false);
      }),
      { numRuns: 40 },
    );
  });

  it("leads the arrows to the nearest square of their direction, and nowhere at the edge", () => {
    const spots = [
      { id: "a", x: 0, y: 0 },
      { id: "b", x: 20, y: 0 },
      { id: "c", x: 0, y: 20 },
      { id: "d", x: 20, y: 20 },
    ];
    const [a, , , d] = spots;
    if (a === undefined || d === undefined) throw new Error("there are four");
    expect(neighbour(spots, a, "ArrowRight")?.id).toBe("b");
    expect(neighbour(spots, a, "ArrowDown")?.id).toBe("c");
    expect(neighbour(spots, d, "ArrowUp")?.id).toBe("b");
    expect(neighbour(spots, a, "ArrowLeft")).toBeUndefined();
  });
});

describe("outages", () => {
  const changes = [
    { atMs: 0, status: "online" as const, reason: "it said hello" },
    { atMs: 100, status: "suspect" as const, reason: "the socket closed" },
    { atMs: 130, status: "offline" as const, reason: "silent for 90 s" },
    { atMs: 200, status: "online" as const, reason: "it said hello again" },
    { atMs: 260, status: "suspect" as const, reason: "the link went down" },
  ];

  it("last from the first doubt until the device is online again, for the reason that was said last", () => {
    expect(outagesOf({ changes })).toEqual([
      { fromMs: 260, toMs: null, reason: "the link went down" },
      { fromMs: 100, toMs: 200, reason: "silent for 90 s" },
    ]);
  });

  it("and what is between them are spans without a gap up to now", () => {
    expect(spansOf({ changes }, 300).map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([
      [0, 100],
      [100, 130],
      [130, 200],
      [200, 260],
      [260, 300],
    ]);
  });

  it("keep availability below 100 %, however short they were", () => {
    expect([availabilityText(1), availabilityText(0.999_99), availabilityText(0.5), availabilityText(null)]).toEqual([
      "100 %",
      "99.99 %",
      "50.00 %",
      "not known",
    ]);
  });
});

describe("the heat map", () => {
  const hoursMs = [0, 3_600_000];

  it("tells six shares apart", () => {
    expect([0, 9.9, 10, 25, 60, 89, 90, 100].map(stepOf)).toEqual([0, 0, 1, 2, 3, 4, 5, 5]);
  });

  it("marks a move where the task left and where it came, in the hour in which it moved", () => {
    const move = { atMs: 3_600_001, taskId: "t-1", command: "./a", from: "pi-1", to: "pi-2", reason: "pi-1 is hot" };
    const at = movesByCell([move], hoursMs);
    expect(at("pi-1", 1)).toEqual({ left: [move], came: [] });
    expect(at("pi-2", 1)).toEqual({ left: [], came: [move] });
    expect(at("pi-1", 0)).toBeUndefined();
  });

  it("is summed up in a sentence that leaves out what is not known", () => {
    const nodes = [
      { id: "pi-1", site: "a", cpuPercent: [10, null] },
      { id: "pi-2", site: "a", cpuPercent: [30, 50] },
      { id: "pi-3", site: "a", cpuPercent: [null, null] },
    ];
    expect(placementsAnswer({ hoursMs, nodes }, 1, "24 h")).toBe(
      "2 devices used 25 % of their CPU in the last 24 h, pi-2 most (40 %); tasks moved once",
    );
  });
});
