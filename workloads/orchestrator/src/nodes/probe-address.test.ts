import { describe, expect, it } from "vitest";
import { probeAddressOf } from "./probe-address.ts";

describe("the address at which peers look for a device", () => {
  it.each(["10.7.1.4:40123", "192.168.0.9:1", "127.0.0.1:65535", "[fd00::7]:40123", "[::1]:40123"])("may be %s", (address) => {
    expect(probeAddressOf(address)).toBe(address);
  });

  it.each([
    ["the metadata service of a cloud", "169.254.169.254:80"],
    ["every address", "0.0.0.0:80"],
    ["every address, in IPv6", "[::]:80"],
    ["one that is local to a link", "[fe80::1]:80"],
    ["many at once", "224.0.0.1:80"],
    ["everybody", "255.255.255.255:80"],
    ["a link-local one in the clothes of IPv6", "[::ffff:169.254.169.254]:80"],
    ["a name", "metadata.internal:80"],
    ["a number that is an address to some", "2130706433:80"],
    ["no port", "10.7.1.4"],
    ["port 0", "10.7.1.4:0"],
    ["a port that is none", "10.7.1.4:65536"],
    ["an address with more behind it", "10.7.1.4:80/admin"],
    ["IPv6 without brackets", "fd00::7:80"],
    ["nothing", ""],
  ])("is not %s", (_what, address) => {
    expect(probeAddressOf(address)).toBeNull();
  });

  it("is none where the device says none", () => {
    expect(probeAddressOf(null)).toBeNull();
  });
});
