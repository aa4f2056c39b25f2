import { GIBIBYTE } from "@fogline/units";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clampChunk } from "./chunking.ts";
import { chunkBytes, chunkingFor } from "./index.ts";

const facts = (gibibytes: number, temperatureCelsius: number | null = 30, batteryPercent: number | null = 100) => ({
  memoryAvailableBytes: gibibytes * GIBIBYTE,
  temperatureCelsius,
  batteryPercent,
});
const overBy = 1 / GIBIBYTE;

describe("the chunk size", () => {
  it("starts from 512 bytes and stays within 64 and 2048", () => {
    expect(chunkBytes).toEqual({ base: 512, min: 64, max: 2048 });
    expect(chunkingFor(facts(2, 65, 10)).bytes).toBe(64);
    expect([clampChunk(63), clampChunk(64), clampChunk(65)]).toEqual([64, 64, 65]);
    expect([clampChunk(2047), clampChunk(2048), clampChunk(2049)]).toEqual([2047, 2048, 2048]);
  });

  it.each([
    [0, 0.5, 256],
    [2, 0.5, 256],
    [2 + overBy, 0.75, 384],
    [4, 0.75, 384],
    [4 + overBy, 1, 512],
    [8, 1, 512],
    [8 + overBy, 1.25, 640],
    [64, 1.25, 640],
  ])("with %s GiB free has memory factor %s: %s bytes", (gibibytes, memoryFactor, bytes) => {
    expect(chunkingFor(facts(gibibytes))).toEqual({ bytes, memoryFactor, thermalFactor: 1, batteryFactor: 1 });
  });

  it.each([
    [44.9, 1, 512],
    [45, 0.75, 384],
    [54.9, 0.75, 384],
    [55, 0.5, 256],
    [64.9, 0.5, 256],
    [65, 0.3, 154],
  ])("at %s C has thermal factor %s: %s bytes", (celsius, thermalFactor, bytes) => {
    expect(chunkingFor(facts(8, celsius))).toEqual({ bytes, memoryFactor: 1, thermalFactor, batteryFactor: 1 });
  });

  it.each([
    [10, 0.3, 154],
    [10.1, 0.6, 307],
    [20, 0.6, 307],
    [20.1, 0.8, 410],
    [40, 0.8, 410],
    [40.1, 1, 512],
  ])("at %s %% battery has battery factor %s: %s bytes", (percent, batteryFactor, bytes) => {
    expect(chunkingFor(facts(8, 30, percent))).toEqual({ bytes, memoryFactor: 1, thermalFactor: 1, batteryFactor });
  });

  it("multiplies the factors", () => {
    expect(chunkingFor(facts(16, 45, 40)).bytes).toBe(384);
    expect(chunkingFor(facts(4, 55, 20)).bytes).toBe(115);
  });

  it("does not shrink for a sensor that is missing", () => {
    expect(chunkingFor(facts(8, null, null))).toEqual({ bytes: 512, memoryFactor: 1, thermalFactor: 1, batteryFactor: 1 });
    expect(chunkingFor(facts(8, Number.NaN, Number.NaN)).bytes).toBe(512);
  });

  it("is a whole number of bytes in the range for any device", () => {
    fc.assert(
      fc.property(fc.nat(), fc.option(fc.double()), fc.option(fc.double()), (memoryAvailableBytes, temperatureCelsius, batteryPercent) => {
        const { bytes } = chunkingFor({ memoryAvailableBytes, temperatureCelsius, batteryPercent });
        expect(Number.isInteger(bytes) && bytes >= 64 && bytes <= 2048).toBe(true);
      }),
    );
  });
});
