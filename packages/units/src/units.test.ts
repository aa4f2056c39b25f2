import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as units from "./index.ts";

const whole = fc.maxSafeNat();

describe("durations", () => {
  it.each([
    ["2h", 7_200_000],
    ["500ms", 500],
    ["1.5s", 1500],
    ["1h30m", 5_400_000],
    ["30d", 2_592_000_000],
    ["0s", 0],
  ])("%s is %d ms", (text, expectedMs) => expect(units.parseDurationMs(text)).toBe(expectedMs));

  it.each(["", "2", "h", "-2h", "2 h", "30m1h", "1h1h", "0.5ms", "1e3s", "9007199254740993ms", "٣s"])("%j is refused", (text) =>
    expect(units.parseDurationMs(text)).toBeUndefined(),
  );

  it("are written with the largest units first", () => {
    expect(units.formatDurationMs(5_400_000)).toBe("1h30m");
    expect(units.formatDurationMs(90_061_001)).toBe("1d1h1m1s1ms");
    expect(units.formatDurationMs(0)).toBe("0s");
  });

  it("come back unchanged", () => fc.assert(fc.property(whole, (ms) => units.parseDurationMs(units.formatDurationMs(ms)) === ms)));
});

describe("bytes", () => {
  it.each([
    ["200MiB", 209_715_200],
    ["200MB", 200_000_000],
    ["1.4GiB", 1_503_238_553],
    ["1kB", 1000],
    ["8 GiB", 8_589_934_592],
    ["0B", 0],
  ])("%s is %d", (text, expected) => expect(units.parseBytes(text)).toBe(expected));

  it.each(["", "200", "MiB", "-1MB", "1mb", "1Mi", "1.2.3MB", "1  MB", "1constructor", "99999TiB1"])("%j is refused", (text) =>
    expect(units.parseBytes(text)).toBeUndefined(),
  );

  it("are written exactly, for people, and for Kubernetes", () => {
    expect(units.formatBytes(209_715_200)).toBe("200MiB");
    expect(units.formatBytes(200_000_000)).toBe("200MB");
    expect(units.formatBytes(1001)).toBe("1001B");
    expect(units.describeBytes(1_503_238_553)).toBe("1.4 GiB");
    expect(units.describeBytes(12)).toBe("12 B");
    expect(units.formatKubernetesBytes(209_715_200)).toBe("200Mi");
    expect(units.formatKubernetesBytes(200_000_001)).toBe("200000001");
  });

  it("come back unchanged", () => fc.assert(fc.property(whole, (bytes) => units.parseBytes(units.formatBytes(bytes)) === bytes)));
});

describe("data rates", () => {
  it("count budgets per day", () => {
    expect(units.parseBytesPerDay("200MB/day")).toBe(200_000_000);
    expect(units.parseBytesPerDay("10MB/hour")).toBe(240_000_000);
    expect(units.parseBytesPerDay("6GB/month")).toBe(200_000_000);
    for (const bad of ["200MB", "200MB/", "/day", "200MB/fortnight", "200/day", "200MB/constructor"]) {
      expect(units.parseBytesPerDay(bad)).toBeUndefined();
    }
  });

  it("turn bits into bytes", () => {
    expect(units.parseBytesPerSecond("2Mbit/s")).toBe(250_000);
    expect(units.parseBytesPerSecond("2MB/s")).toBeUndefined();
  });

  it("come back unchanged", () => fc.assert(fc.property(whole, (bytes) => units.parseBytesPerDay(units.formatBytesPerDay(bytes)) === bytes)));
});

describe("CPU quantities", () => {
  it("read cores and millicores", () => {
    expect(units.parseCpuMillicores("200m")).toBe(200);
    expect(units.parseCpuMillicores(0.2)).toBe(200);
    expect(units.parseCpuMillicores("2")).toBe(2000);
    for (const bad of ["", "m", "0.2m", "0.0001", "-1", Number.NaN, Number.POSITIVE_INFINITY]) expect(units.parseCpuMillicores(bad)).toBeUndefined();
  });

  it("come back unchanged", () =>
    fc.assert(fc.property(fc.nat(10_000_000), (cpu) => units.parseCpuMillicores(units.formatCpuMillicores(cpu)) === cpu)));
});

describe("power", () => {
  it("reads watts to a milliwatt", () => {
    expect(units.parseWatts("25W")).toBe(25);
    expect(units.parsePowerMilliwatts("7.5W")).toBe(7500);
    expect(units.parsePowerMilliwatts("1.2kW")).toBe(1_200_000);
    for (const bad of ["25", "W", "-5W", "0.0001W", "5w"]) expect(units.parsePowerMilliwatts(bad)).toBeUndefined();
  });

  it("comes back unchanged", () =>
    fc.assert(fc.property(fc.nat(), (milliwatts) => units.parsePowerMilliwatts(units.formatPowerMilliwatts(milliwatts)) === milliwatts)));
});

describe("percentages", () => {
  it("are fractions from 0 to 1", () => {
    expect(units.parsePercent("10%")).toBe(0.1);
    expect(units.parsePercent("0.05%")).toBe(0.0005);
    for (const bad of ["10", "101%", "-1%", "%", "1.234%"]) expect(units.parsePercent(bad)).toBeUndefined();
  });

  it("come back unchanged", () =>
    fc.assert(fc.property(fc.nat(10_000), (basisPoints) => units.parsePercent(units.formatPercent(basisPoints / 10_000)) === basisPoints / 10_000)));
});

describe("numbers that no unit has", () => {
  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])("%d is refused by every formatter", (value) => {
    for (const format of [units.formatDurationMs, units.formatBytes, units.describeBytes, units.formatKubernetesBytes, units.formatCpuMillicores]) {
      expect(() => format(value)).toThrow(RangeError);
    }
  });
});
