import { describe, expect, it } from "vitest";
import { knownKey, withKnownHosts } from "../inventory/known-hosts.ts";
import { type Board, claimFindings, doubles, readBoard } from "./board.ts";
import { deviceOf, sampleFleet } from "./samples.ts";

const key = (letter: string): string => `AAAAC3NzaC1lZDI1NTE5AAAAI${letter.repeat(43)}`;
const txt = (given: Record<string, string> = {}): Map<string, string> =>
  new Map(
    Object.entries({
      serial: "S1",
      mac: "2c:cf:67:00:00:01",
      model: "Raspberry Pi 5 Model B Rev 1.0",
      memory: "8051",
      arch: "arm64",
      key: key("a"),
      invitation: "0123abcd",
      proof: "0".repeat(64),
      ...given,
    }),
  );
const board = (given: Record<string, string> = {}, address = "10.9.1.4"): Board => {
  const read = readBoard(txt(given), address);
  if (!read.ok) throw new Error(read.failure);
  return read.value;
};

describe("what a board says", () => {
  it("is read with its units", () => {
    expect(board()).toMatchObject({
      serial: "S1",
      memoryBytes: 8051 * 1024 ** 2,
      architecture: "arm64",
      address: "10.9.1.4",
      hostKey: `ssh-ed25519 ${key("a")}`,
    });
  });

  it.each([
    ["serial", "\u001b[2J"],
    ["serial", "a b"],
    ["mac", "2C:CF:67:00:00:01"],
    ["model", "x".repeat(121)],
    ["memory", "0"],
    ["memory", "much"],
    ["key", "A".repeat(68)],
    ["proof", "none"],
  ])("is nothing where %s is %j: anybody on the network can say it", (name, value) => {
    expect(readBoard(txt({ [name]: value }), "10.9.1.4")).toEqual({ ok: false, failure: name });
  });
});

describe("claiming a board", () => {
  const fleet = sampleFleet(
    "  pi-2: { cluster: pis, hardware: pi-5-16, data: usb-ssd }\n  old: { cluster: pis, hardware: pi-4-8, serial: S9 , data: usb-ssd }\n",
  );
  const codesOf = (id: string, one: Board, choice?: "board" | "fleet") =>
    claimFindings(fleet, one, deviceOf(fleet, id), choice).map(({ code }) => code);

  it("needs a slot of its model and its memory", () => {
    expect(codesOf("pi-1", board())).toEqual([]);
    expect(codesOf("pi-2", board())).toEqual(["FL4142"]);
    expect(codesOf("pi-2", board({ memory: "16218" }))).toEqual([]);
    expect(codesOf("pi-1", board({ memory: "16218" }))).toEqual(["FL4142"]);
    expect(codesOf("pi-1", board({ arch: "amd64" }))).toEqual(["FL4142"]);
    expect(codesOf("pi-1", board({ model: "Raspberry Pi 4 Model B Rev 1.5" }))).toEqual(["FL4142"]);
    expect(codesOf("eye", board({ model: "NVIDIA Jetson Orin NX Engineering Reference Developer Kit", memory: "15656" }, "10.9.9.7"))).toEqual([
      "FL4141",
    ]);
  });

  it("is refused for a board that is a device, and for a slot that has a board", () => {
    expect(codesOf("pi-1", board({ serial: "S9" }))).toEqual(["FL4141"]);
    expect(codesOf("old", board({ model: "Raspberry Pi 4 Model B Rev 1.5" }))).toEqual(["FL4141"]);
  });

  it("asks whose address counts where they differ", () => {
    expect(codesOf("pi-1", board({}, "10.9.1.77"))).toEqual(["FL4146"]);
    expect(codesOf("pi-1", board({}, "10.9.1.77"), "board")).toEqual([]);
    expect(codesOf("pi-1", board({}, "10.9.1.77"), "fleet")).toEqual([]);
  });

  it("finds two that say they are the same one, and not one that is heard twice", () => {
    expect(doubles([board(), board()])).toEqual([]);
    expect(doubles([board(), board({ mac: "2c:cf:67:00:00:02", key: key("b") })])).toHaveLength(1);
    expect(doubles([board(), board({ serial: "S2", key: key("b") })])).toHaveLength(1);
    expect(doubles([board(), board({ serial: "S2", mac: "2c:cf:67:00:00:02", key: key("b") })])).toEqual([]);
  });
});

describe("the list of host keys", () => {
  const one = { device: "pi-1", address: "10.9.1.4", publicKey: `ssh-ed25519 ${key("a")} root@pi-1` };

  it("has a machine by its name and address, without the comment of its key", () => {
    const text = withKnownHosts("", [one]);
    expect(text).toMatch(/^# Host keys .*\npi-1,10\.9\.1\.4 ssh-ed25519 \S+\n$/);
    expect(knownKey(text, "pi-1")).toBe(`ssh-ed25519 ${key("a")}`);
    expect(knownKey(text, "pi-2")).toBeUndefined();
    expect(withKnownHosts(text, [one])).toBe(text);
  });

  it("has one line of a machine, whatever keys it had, in the order of names", () => {
    const text = `a ssh-ed25519 AAAA\nc ssh-rsa AAAB\nc ssh-ed25519 AAAC\nd ssh-ed25519 AAAD\n`;
    const linesWith = (device: string, before = text) =>
      withKnownHosts(before, [{ device, publicKey: `ssh-ed25519 ${key("a")}` }])
        .split("\n")
        .slice(1);
    expect(linesWith("c")).toEqual(["a ssh-ed25519 AAAA", `c ssh-ed25519 ${key("a")}`, "d ssh-ed25519 AAAD", ""]);
    expect(linesWith("b")[1]).toBe(`b ssh-ed25519 ${key("a")}`);
    expect(linesWith("b", "")).toEqual([`b ssh-ed25519 ${key("a")}`, ""]);
    expect(linesWith("e")[4]).toBe(`e ssh-ed25519 ${key("a")}`);
  });

  it("forgets what a machine was before, takes its address from another, and keeps what somebody else wrote", () => {
    const before = withKnownHosts(`gateway ssh-rsa AAAAx\n`, [one, { ...one, device: "pi-2", address: "10.9.1.5" }]);
    const after = withKnownHosts(before, [{ device: "pi-1", address: "10.9.1.5", publicKey: `ssh-ed25519 ${key("b")}` }]);
    expect(after.split("\n").slice(1)).toEqual([
      "gateway ssh-rsa AAAAx",
      `pi-1,10.9.1.5 ssh-ed25519 ${key("b")}`,
      `pi-2 ssh-ed25519 ${key("a")}`,
      "",
    ]);
  });
});
