import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fleetWith } from "../testing/hosts.ts";
import type { Observed, Seen } from "./observed.ts";
import { planBootstrap, rolesOf } from "./plan.ts";
import { selectDevices } from "./select.ts";

const devices = `  b-1: { cluster: main, hardware: pi-5-8, address: 10.0.0.3 }
  a-2: { cluster: main, role: server, hardware: pi-5-8, data: usb-ssd, address: 10.0.0.2 }
  hall: { site: work, hardware: iot-sensor }
  a-1: { cluster: main, role: server, hardware: pi-5-8, data: usb-ssd, address: 10.0.0.1 }
  a-3: { cluster: main, role: server, hardware: pi-5-8, data: usb-ssd, address: 10.0.0.4 }
  eye: { cluster: office, role: server, hardware: jetson-orin-nx-16, host: { ssh: { user: me, port: 2222, jump: gate.demo.example } } }
  desk: { site: work, hardware: laptop }
  phone: { site: home, hardware: smartphone }
  rack: { cluster: rented, role: server, hardware: server }`;
const fleet = fleetWith(devices);
const fresh: Seen = { kind: "seen", clockOffsetMs: 900, owner: "none", hasIdentity: false, token: "none", python: "3.11", canBecomeRoot: true };

const planOf = (words: readonly string[], seen: Readonly<Record<string, Observed>> = {}, options = {}) =>
  planBootstrap({ fleet, devices: selectDevices(fleet, words).devices, observed: new Map(Object.entries(seen)), ...options });
const problems = (seen: Observed, id = "a-2") => planOf([id], { [id]: seen }).findings.map(({ code, message }) => `${code} ${message}`);

describe("the order of a set-up", () => {
  it("is the first server of each cluster, the other servers, its agents, and then those alone", () => {
    const plan = planOf(["all"]);
    expect(plan.devices.map(({ device, after }) => [device, after])).toEqual([
      ["a-2", []],
      ["eye", []],
      ["a-1", ["a-2"]],
      ["a-3", ["a-2"]],
      ["b-1", ["a-2", "a-1", "a-3"]],
      ["hall", []],
      ["desk", []],
    ]);
  });

  it("waits for nobody who is not part of it", () => {
    expect(planOf(["b-1", "a-1"]).devices.map(({ device, after }) => [device, after])).toEqual([
      ["a-1", []],
      ["b-1", ["a-1"]],
    ]);
  });

  it("never has a device before one that it waits for, whichever are chosen", () => {
    fc.assert(
      fc.property(fc.subarray(["a-1", "a-2", "a-3", "b-1", "hall", "eye", "desk"], { minLength: 1 }), (chosen) => {
        const seen = new Set<string>();
        for (const { device, after } of planOf(chosen).devices) {
          for (const before of after) expect(seen.has(before)).toBe(true);
          seen.add(device);
        }
        expect([...seen].toSorted()).toEqual(chosen.toSorted());
      }),
    );
  });
});

describe("the stages of a device", () => {
  const stages = (id: string, options = {}) => planOf([id], { [id]: fresh }, options).devices[0]?.stages.map(({ stage }) => stage);

  it("are those of its place: Flux on the first server, K3s on a node, the agent everywhere", () => {
    expect(stages("a-2")).toEqual(["reach", "preflight", "host", "reboot", "wireguard", "k3s", "flux", "agent"]);
    expect(stages("b-1")).toEqual(["reach", "preflight", "host", "reboot", "wireguard", "k3s", "agent"]);
    expect(stages("hall")).toEqual(["reach", "preflight", "host", "reboot", "wireguard", "agent"]);
  });

  it("run the roles of its board, and those of nobody else's", () => {
    const roles = (id: string) => planOf([id]).devices.flatMap(rolesOf);
    expect(roles("a-2")).toEqual(["preflight", "common", "pi", "storage", "wireguard", "k3s", "flux", "agent"]);
    expect(roles("eye")).toContain("jetson");
    expect(roles("desk")).toEqual(["preflight", "common", "storage", "wireguard", "agent"]);
  });

  it("are one alone after the preflight where one was asked for, and without the agent where that was", () => {
    expect(stages("a-2", { only: "k3s" })).toEqual(["reach", "preflight", "k3s"]);
    expect(stages("hall", { withoutAgent: true })).not.toContain("agent");
  });

  it("say how it is reached and what each does", () => {
    const [plan] = planOf(["eye"]).devices;
    expect(plan).toMatchObject({ at: "me@eye.demo.example:2222", cluster: "office", role: "server" });
    expect(plan?.stages[0]?.does).toBe("sign in as me@eye.demo.example:2222 through gate.demo.example");
    for (const { does, why } of plan?.stages ?? []) expect(does.length * why.length).toBeGreaterThan(0);
  });
});

describe("a token", () => {
  const token = (seen: Observed, options = {}) => planOf(["hall"], { hall: seen }, options).devices[0]?.token;

  it("is made for a machine without an identity, and for no other", () => {
    expect(token(fresh)).toBe("new");
    expect(token({ ...fresh, token: "whole" })).toBe("new-or-present");
    expect(token({ ...fresh, hasIdentity: true })).toBe("none");
    expect(token(fresh, { withoutAgent: true })).toBe("none");
    expect(token(fresh, { only: "k3s" })).toBe("none");
    expect(token(fresh, { only: "agent" })).toBe("new");
  });
});

describe("what speaks against a set-up", () => {
  it("is nothing on a blank machine, and on one that is this device already", () => {
    expect(problems(fresh)).toEqual([]);
    expect(problems({ ...fresh, owner: { fleet: "demo", device: "a-2", cluster: "main" }, hasIdentity: true })).toEqual([]);
  });

  it.each([
    ["another fleet", { fleet: "other", device: "a-2", cluster: "main" }, "a-2 of cluster main in fleet other, and not a-2 of cluster main"],
    ["another cluster", { fleet: "demo", device: "a-2", cluster: "office" }, "a-2 of cluster office, and not a-2 of cluster main"],
    ["no cluster", { fleet: "demo", device: "a-2" }, "a-2 of no cluster, and not a-2 of cluster main"],
    ["another device", { fleet: "demo", device: "a-1", cluster: "main" }, "a-1 of cluster main, and not a-2 of cluster main"],
  ] as const)("is that it belongs to %s", (_what, owner, said) => {
    expect(problems({ ...fresh, owner })).toEqual([`FL4106 the machine that answers as a-2 is ${said}`]);
  });

  it("is a file that was written by halves, but no token that nobody reads any more", () => {
    expect(problems({ ...fresh, owner: "broken" })).toEqual(["FL4107 /etc/fogline/identity.yaml on a-2 says nothing that can be read"]);
    expect(problems({ ...fresh, token: "broken" })).toEqual(["FL4107 /etc/fogline/enrolment.token on a-2 is not a whole token"]);
    expect(problems({ ...fresh, token: "broken", hasIdentity: true })).toEqual([]);
  });

  it("is a clock that is wrong by more than a day", () => {
    expect(problems({ ...fresh, clockOffsetMs: -86_400_000 })).toEqual([]);
    expect(problems({ ...fresh, clockOffsetMs: -2 * 365 * 86_400_000 })).toEqual(["FL4105 the clock of a-2 is 730d behind"]);
    expect(problems({ ...fresh, clockOffsetMs: 3 * 86_400_000 })).toEqual(["FL4105 the clock of a-2 is 3d ahead"]);
  });

  it("is what the roles need and it lacks, all at once", () => {
    const { python: _none, ...without } = fresh;
    expect(problems({ ...without, canBecomeRoot: false })).toEqual([
      "FL4104 a-2 has no python3, and 3.8 or newer is needed",
      "FL4104 fogline cannot become root on a-2 without a password",
    ]);
    expect(problems({ ...fresh, python: "3.7" })).toEqual(["FL4104 a-2 has python 3.7, and 3.8 or newer is needed"]);
    expect(problems({ ...fresh, python: "3.8" })).toEqual([]);
  });

  it("is told of every device under its name", () => {
    const away: Observed = { kind: "unseen", finding: { code: "FL4100", severity: "error", message: "b-1 cannot be reached" } };
    const { findings, devices: planned } = planOf(["cluster:main"], { "a-2": { ...fresh, owner: "broken" }, "b-1": away });
    expect(findings.map(({ code, object }) => [code, object])).toEqual([
      ["FL4100", "b-1"],
      ["FL4107", "a-2"],
    ]);
    expect(planned).toHaveLength(4);
  });
});

describe("devices by words", () => {
  const ids = (...words: string[]) => selectDevices(fleet, words).devices.map(({ id }) => id);
  const refused = (...words: string[]) => selectDevices(fleet, words).findings.map(({ code, message, remedy }) => [code, message, remedy]);

  it("are ids, patterns, places, classes and all, in the order of the fleet file and each once", () => {
    expect(ids("a-1", "b-1")).toEqual(["b-1", "a-1"]);
    expect(ids("a-*")).toEqual(["a-2", "a-1", "a-3"]);
    expect(ids("cluster:office")).toEqual(["eye"]);
    expect(ids("class:raspberry-pi", "a-1")).toEqual(["b-1", "a-2", "a-1", "a-3"]);
    expect(ids("site:work")).toEqual(["hall", "eye", "desk"]);
    expect(ids("ring:first")).toHaveLength(7);
  });

  it("leave out of a group who is not set up, and refuse one who was named", () => {
    expect(selectDevices(fleet, ["all"]).leftOut.map(({ id }) => id)).toEqual(["phone", "rack"]);
    expect(refused("phone", "rack")).toEqual([
      ["FL4091", "phone is a smartphone, which is not set up by Fogline", undefined],
      ["FL4091", "rack is of cluster rented, which is not set up by Fogline", undefined],
    ]);
    expect(refused("cluster:rented").map(([code]) => code)).toEqual(["FL4091"]);
  });

  it("are refused for every word that stands for nothing, with the nearest", () => {
    expect(refused("hal", "cluster:offce", "zone:work", "x*")).toEqual([
      ["FL4090", "the fleet has no device hal", "Write hall."],
      ["FL4090", "the fleet has no device in cluster offce", "Write cluster:office."],
      ["FL4090", "zone:work: devices are chosen by cluster, ring, site, class, not by zone", undefined],
      ["FL4090", "the fleet has no device x*", undefined],
    ]);
  });

  it("take a pattern for what it says and nothing more", () => {
    expect(refused("a.1").map(([code]) => code)).toEqual(["FL4090"]);
  });
});
