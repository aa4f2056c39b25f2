import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { meshFleet } from "../../testing/mesh.ts";
import { hostFiles } from "../files.ts";
import { type Member, peersOf } from "./peers.ts";

/** A key for each device, as WireGuard writes them. */
const keyOf = (id: string): string =>
  `${id
    .replaceAll(/[^a-z0-9]/g, "x")
    .padEnd(42, "A")
    .slice(0, 42)}A=`;
const keysOf = (ids: readonly string[]) => new Map(ids.map((id) => [id, keyOf(id)]));
const membersOf = (fleet: ReturnType<typeof meshFleet>): Member[] => fleet.devices.filter((device): device is Member => device.mesh !== undefined);

const plant = [
  "  pi-1: { cluster: main, role: server, hardware: pi-5-8, address: 10.7.1.1 }",
  "  pi-2: { cluster: main, hardware: pi-5-8, address: 10.7.1.2 }",
  "  pi-3: { cluster: main, hardware: pi-5-8 }",
  "  gate: { site: work, hardware: server, endpoint: gate.demo.example }",
  "  barn: { site: barn, hardware: pi-4-8 }",
  "  notebook: { site: work, hardware: laptop, mesh: true }",
  "  stranger: { site: work, hardware: laptop }",
];
const all = ["pi-1", "pi-2", "pi-3", "gate", "barn", "notebook"];
const confOf = (devices: readonly string[], id: string, keys = keysOf(all)): string =>
  hostFiles(meshFleet(devices), undefined, keys).get(`bootstrap/generated/${id}/wireguard/fogline.conf`) ?? "";
const peersIn = (conf: string): string[] => [...conf.matchAll(/^# (\S+)\n\[Peer\]$/gm)].map((match) => match[1] ?? "");
const peerIn = (conf: string, id: string): string[] => (conf.split(`# ${id}\n[Peer]\n`)[1] ?? "").split("\n\n")[0]?.trimEnd().split("\n") ?? [];

describe("the mesh of a fleet", () => {
  it("gives a device an address that its id and the fleet's name decide, and no other device changes", () => {
    // The first 40 and 48 bits of SHA-256 over "fogline mesh demo" and "fogline device pi-1", as sha256sum has them.
    const [first] = membersOf(meshFleet(plant));
    expect(first?.mesh.address).toBe("fda0:31f6:ed3a::9a15:8b9c:2136");
    expect(membersOf(meshFleet(plant.slice(0, 1)))[0]?.mesh.address).toBe(first?.mesh.address);
  });

  it("has the machines that Fogline sets up, and of people's those that say so", () => {
    expect(membersOf(meshFleet(plant)).map(({ id }) => id)).toEqual(all);
  });

  it("joins devices of a site by their addresses, and calls those with an endpoint from everywhere", () => {
    const conf = confOf(plant, "pi-1");
    expect(peersIn(conf)).toEqual(["pi-2", "pi-3", "gate"]);
    expect(peerIn(conf, "pi-2")).toContain("Endpoint = 10.7.1.2:51820");
    expect(peerIn(conf, "gate")).toContain("Endpoint = gate.demo.example:51820");
    // Nobody knows where pi-3 is until it calls.
    expect(peerIn(conf, "pi-3").join()).not.toContain("Endpoint");
  });

  it("keeps lines open that the other side cannot open, and no others", () => {
    expect(peerIn(confOf(plant, "pi-1"), "gate")).toContain("PersistentKeepalive = 25");
    expect(peerIn(confOf(plant, "pi-3"), "pi-1")).toContain("PersistentKeepalive = 25");
    expect(peerIn(confOf(plant, "pi-1"), "pi-2").join()).not.toContain("Keepalive");
    expect(confOf(plant, "gate")).not.toContain("Keepalive");
  });

  it("sends to the relay what has no line of its own, and lets the relay alone pass packets on", () => {
    expect(peerIn(confOf(plant, "barn"), "gate")[1]).toMatch(/^AllowedIPs = fda0:31f6:ed3a::[0-9a-f:]+\/128, fda0:31f6:ed3a::\/48$/);
    expect(peersIn(confOf(plant, "barn"))).toEqual(["gate"]);
    expect(peersIn(confOf(plant, "gate"))).toEqual(["pi-1", "pi-2", "pi-3", "barn", "notebook"]);
    const forwarding = [...hostFiles(meshFleet(plant)).keys()].filter((path) => path.endsWith("wireguard/forwarding.conf"));
    expect(forwarding).toEqual(["bootstrap/generated/gate/wireguard/forwarding.conf"]);
  });

  it("leaves out who has no key, by name, and says by which key the fleet knows a device", () => {
    const conf = confOf(plant, "pi-1", keysOf(["pi-1", "gate"]));
    expect(peersIn(conf)).toEqual(["gate"]);
    expect(conf).toContain("# Left out, because they have no key yet: pi-2, pi-3.");
    expect(conf).toContain(`# The fleet knows this device by ${keyOf("pi-1")}\n`);
    expect(conf).not.toMatch(/PrivateKey/);
  });

  it("forgets a device everywhere when it leaves the fleet, although its key is still in the file", () => {
    const files = hostFiles(meshFleet(plant.toSpliced(1, 1)), undefined, keysOf(all));
    for (const text of files.values()) expect(text).not.toContain(keyOf("pi-2"));
  });

  it("is not there unless it is declared", () => {
    const files = [...hostFiles(meshFleet(plant.slice(0, 3), "")).keys()];
    expect(files.filter((path) => path.includes("wireguard"))).toEqual([]);
  });
});

describe("the mesh of any fleet", () => {
  const device = fc.record({ site: fc.constantFrom("home", "work", "barn"), address: fc.boolean(), endpoint: fc.boolean() });
  const fleets = fc.array(device, { minLength: 2, maxLength: 12 });
  const written = (devices: readonly { site: string; address: boolean; endpoint: boolean }[]): string[] =>
    devices.map(
      ({ site, address, endpoint }, index) =>
        `  d-${index}: { site: ${site}, hardware: server${address ? `, address: 10.0.0.${index + 1}` : ""}${endpoint ? `, endpoint: "e${index}.demo.example"` : ""} }`,
    );

  it("has peers on both sides, with a way from at least one of them", () => {
    fc.assert(
      fc.property(fleets, (drawn) => {
        const fleet = meshFleet(written(drawn));
        const peers = new Map(membersOf(fleet).map((member) => [member.id, peersOf(fleet, member)]));
        for (const [id, own] of peers) {
          for (const { device: other, endpoint, keepalive } of own) {
            const back = peers.get(other.id)?.find((peer) => peer.device.id === id);
            expect(back, `${other.id} has ${id}`).toBeDefined();
            expect(endpoint ?? back?.endpoint).toBeDefined();
            expect(keepalive).toBe(endpoint !== undefined && back?.endpoint === undefined);
          }
        }
      }),
    );
  });

  it("gives no two peers of a device the same addresses", () => {
    fc.assert(
      fc.property(fleets, (drawn) => {
        const files = hostFiles(meshFleet(written(drawn)), undefined, keysOf(drawn.map((_, index) => `d-${index}`)));
        for (const text of files.values()) {
          const allowed = [...text.matchAll(/^AllowedIPs = (.*)$/gm)].flatMap((match) => match[1]?.split(", ") ?? []);
          expect(new Set(allowed).size).toBe(allowed.length);
        }
      }),
    );
  });

  it("reaches everybody from everybody where a device can be called", () => {
    fc.assert(
      fc.property(fleets, fc.nat(), (drawn, choice) => {
        const fleet = meshFleet(written(drawn.map((one, index) => (index === choice % drawn.length ? { ...one, endpoint: true } : one))));
        const members = membersOf(fleet);
        for (const from of members) {
          const own = peersOf(fleet, from);
          for (const to of members) {
            const relay = own.find((peer) => peer.relay)?.device;
            const direct = to.id === from.id || own.some((peer) => peer.device.id === to.id);
            expect(direct || (relay !== undefined && peersOf(fleet, relay).some((peer) => peer.device.id === to.id))).toBe(true);
          }
        }
      }),
    );
  });

  it("changes the files of a new device's peers alone", () => {
    fc.assert(
      fc.property(fleets, device, (drawn, added) => {
        // The first with an endpoint is the relay; one that comes later takes nothing over from it.
        const before = [{ site: "work", address: false, endpoint: true }, ...drawn];
        const ids = [...before, added].map((_, index) => `d-${index}`);
        const small = hostFiles(meshFleet(written(before)), undefined, keysOf(ids));
        const fleet = meshFleet(written([...before, added]));
        const large = hostFiles(fleet, undefined, keysOf(ids));
        const changed = [...small].filter(([path, text]) => large.get(path) !== text).map(([path]) => path.split("/")[2]);
        const newcomer = membersOf(fleet).at(-1);
        const peers = newcomer === undefined ? [] : peersOf(fleet, newcomer).map((peer) => peer.device.id);
        expect(changed.toSorted()).toEqual(peers.toSorted());
      }),
    );
  });
});
