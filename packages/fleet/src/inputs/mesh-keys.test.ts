import { describe, expect, it } from "vitest";
import { readMeshKeys } from "./mesh-keys.ts";

const key = "mJUvZ6Aq5mGMyWtR8xTbKbnkEVZX8sPzL9sVnHDHX3U=";
const other = "rDWTTRQf6Wjv4rvXJeU3aSmqHaQUbhM0bzkQfcNvaA8=";
const read = (text: string) => readMeshKeys({ path: "clusters/facts/wireguard.yaml", text });

describe("the public keys of the mesh", () => {
  it("are read by device", () => {
    expect([...(read(`# comment\npi-1: ${key}\npi-2: ${other}\n`).keys ?? [])]).toEqual([
      ["pi-1", key],
      ["pi-2", other],
    ]);
  });

  it("are none in a file of comments", () => {
    expect(read("# nobody yet\n")).toEqual({ keys: new Map(), findings: [] });
  });

  it("are none when one line is wrong, and every wrong line is named with its place", () => {
    const { keys, findings } = read(`pi-1: ${key}\npi-2: ${key.slice(1)}\nPi 3: ${other}\npi-4: ${key}\n`);
    expect(keys).toBeUndefined();
    expect(findings.map(({ code, message, place }) => [code, message.split(":")[0], place?.line])).toEqual([
      ["FL4170", "the key of pi-2 is no public key of WireGuard", 2],
      ["FL4170", "Pi 3 is no id of a device", 3],
      ["FL4170", "pi-4 has the key of pi-1", 4],
    ]);
  });

  it("are refused where a device stands twice, or the file is no mapping", () => {
    expect(read(`pi-1: ${key}\npi-1: ${other}\n`).findings.map(({ code }) => code)).toEqual(["FL4170"]);
    expect(read(`- ${key}\n`).findings.map(({ code }) => code)).toEqual(["FL4170"]);
  });
});
