import { describe, expect, it } from "vitest";
import { isWithin, parseAddress, parseBlock } from "./addresses.ts";

describe("an address", () => {
  it.each([
    ["10.0.0.1", 0x0a_00_00_01n, 32],
    ["255.255.255.255", 0xff_ff_ff_ffn, 32],
    ["::", 0n, 128],
    ["::1", 1n, 128],
    ["fd00::", 0xfd00n << 112n, 128],
    ["1:2:3:4:5:6:7:8", 0x0001_0002_0003_0004_0005_0006_0007_0008n, 128],
  ])("%s is read", (text, bits, width) => {
    expect(parseAddress(text)).toEqual({ bits, width });
  });

  it.each(["", "10.0.0", "10.0.0.256", "10.0.0.01", "10.0.0.1.1", ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "g::", "12345::"])(
    "%s is none",
    (text) => {
      expect(parseAddress(text)).toBeUndefined();
    },
  );
});

describe("a block of addresses", () => {
  it.each(["10.0.0.0/8", "0.0.0.0/0", "10.0.0.1/32", "::/0", "fe80::/128"])("%s is read", (text) => {
    expect(parseBlock(text)).toBeDefined();
  });

  it.each(["10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/-1", "::/129", "/8"])("%s is none", (text) => {
    expect(parseBlock(text)).toBeUndefined();
  });

  it.each([
    ["10.1.0.0/16", "10.0.0.0/8", true],
    ["192.168.0.0/16", "0.0.0.0/0", true],
    ["fd00:1::/32", "fd00::/8", true],
    ["10.0.0.0/8", "10.0.0.0/8", false],
    ["10.0.0.0/8", "10.1.0.0/16", false],
    ["11.0.0.0/16", "10.0.0.0/8", false],
    ["::/8", "0.0.0.0/0", false],
  ])("%s in %s: %s", (inner, outer, expected) => {
    const [one, other] = [parseBlock(inner), parseBlock(outer)];
    expect(one !== undefined && other !== undefined && isWithin(one, other)).toBe(expected);
  });
});
