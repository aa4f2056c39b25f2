import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { distanceKm, nearestPlace } from "./index.ts";

const munich = { id: "munich", latitude: 48.137, longitude: 11.575 };
const frankfurt = { id: "frankfurt", latitude: 50.11, longitude: 8.682 };
const sydney = { id: "sydney", latitude: -33.869, longitude: 151.209 };

describe("the distance between two places", () => {
  it("is that along the great circle", () => {
    // A quarter and half of the circumference, 2 pi 6371.0088 km.
    expect(distanceKm({ latitude: 0, longitude: 0 }, { latitude: 0, longitude: 90 })).toBeCloseTo(10_007.557, 2);
    expect(distanceKm({ latitude: 0, longitude: 0 }, { latitude: 90, longitude: 45 })).toBeCloseTo(10_007.557, 2);
    expect(distanceKm({ latitude: 30, longitude: -170 }, { latitude: -30, longitude: 10 })).toBeCloseTo(20_015.114, 2);
    expect(distanceKm({ latitude: 60, longitude: 0 }, { latitude: 60, longitude: 180 })).toBeCloseTo(6_671.705, 2);
    expect(distanceKm(munich, frankfurt)).toBeGreaterThan(300);
    expect(distanceKm(munich, frankfurt)).toBeLessThan(310);
  });

  it("crosses the date line the short way", () => {
    expect(distanceKm({ latitude: 0, longitude: 179.5 }, { latitude: 0, longitude: -179.5 })).toBeCloseTo(111.195, 2);
  });

  it("is nothing to itself, the same both ways, and at most half of the circumference", () => {
    const place = fc.record({ latitude: fc.double({ min: -90, max: 90, noNaN: true }), longitude: fc.double({ min: -180, max: 180, noNaN: true }) });
    fc.assert(
      fc.property(place, place, (a, b) => {
        expect(distanceKm(a, a)).toBe(0);
        expect(distanceKm(a, b)).toBeCloseTo(distanceKm(b, a), 6);
        expect(distanceKm(a, b)).toBeLessThanOrEqual(20_015.12);
      }),
    );
  });
});

describe("the nearest place", () => {
  it("is the one at the least distance", () => {
    expect(nearestPlace({ latitude: 52.5, longitude: 13.4 }, [sydney, munich, frankfurt])?.id).toBe("frankfurt");
    expect(nearestPlace({ latitude: -37.8, longitude: 145 }, [munich, sydney, frankfurt])?.id).toBe("sydney");
  });

  it("is the first by id among equals, and nothing when there is none", () => {
    const [a, b] = [
      { ...munich, id: "a" },
      { ...munich, id: "b" },
    ];
    expect(nearestPlace(frankfurt, [b, a])?.id).toBe("a");
    expect(nearestPlace(frankfurt, [a, b])?.id).toBe("a");
    expect(nearestPlace(frankfurt, [])).toBeUndefined();
  });
});
