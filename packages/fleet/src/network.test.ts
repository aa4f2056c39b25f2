import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isHostIn, isSshPublicKey, parseSubnet } from "./index.ts";

describe("a network", () => {
  it("is the first address of a range and the length of its prefix", () => {
    expect(parseSubnet("10.7.0.0/24")).toEqual({ first: 10 * 2 ** 24 + 7 * 2 ** 16, prefix: 24 });
    for (const text of ["10.7.0.1/24", "10.7.0.0", "10.7.0.0/31", "10.7.0.0/7", "10.07.0.0/24", "10.7.0.256/30", "10.7.0/24", "fd00::/64"])
      expect(parseSubnet(text), text).toBeUndefined();
  });

  it("has every address between its first and its last, whatever its length", () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 30 }), fc.nat(2 ** 32 - 1), fc.nat(2 ** 32 - 1), (prefix, any, other) => {
        const size = 2 ** (32 - prefix);
        const first = Math.floor(any / size) * size;
        const dotted = (value: number) => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
        const subnet = parseSubnet(`${dotted(first)}/${prefix}`);
        expect(subnet).toEqual({ first, prefix });
        if (subnet === undefined) return;
        expect(isHostIn(dotted(first + 1), subnet)).toBe(true);
        expect(isHostIn(dotted(first + size - 1), subnet)).toBe(false);
        expect(isHostIn(dotted(first), subnet)).toBe(false);
        expect(isHostIn(dotted(other), subnet)).toBe(other > first && other < first + size - 1);
      }),
    );
  });
});

describe("an SSH public key", () => {
  const ed25519 = "AAAAC3NzaC1lZDI1NTE5AAAAIKsSQ5pMyXTp9aHVGGQ1FFGKbT8nz8Ct6kOd5TQDqn0r";

  it("says its kind twice, and may have a comment", () => {
    expect(isSshPublicKey(`ssh-ed25519 ${ed25519}`)).toBe(true);
    expect(isSshPublicKey(`ssh-ed25519 ${ed25519} anna at work`)).toBe(true);
    expect(isSshPublicKey(`ssh-rsa ${ed25519}`)).toBe(false);
    expect(isSshPublicKey(`ecdsa-sha2-nistp256 ${ed25519}`)).toBe(false);
  });

  it("is one line, without options before it", () => {
    for (const text of [`command="sh" ssh-ed25519 ${ed25519}`, `ssh-ed25519 ${ed25519}\nssh-ed25519 ${ed25519}`, "ssh-ed25519 AAAA", "ssh-dss AAAA"])
      expect(isSshPublicKey(text), text).toBe(false);
  });
});
