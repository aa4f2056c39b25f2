import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { parseFleet } from "@fogline/fleet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/root.ts";
import { type Operator, startOperator } from "./testing/operator.ts";
import { play } from "./testing/playbook.ts";
import { countsOf, explainedSkips, skippedIn } from "./testing/skipped.ts";
import { startTargets, type Targets } from "./testing/targets.ts";

/** pi-1 and gate share a site; pi-2 is elsewhere and can call gate alone. */
const lines = {
  "pi-1": "  pi-1: { site: bench, hardware: pi-5-8, address: 10.7.1.1 }\n",
  "pi-2": "  pi-2: { site: field, hardware: pi-5-8, address: 10.7.1.2 }\n",
  gate: "  gate: { site: bench, hardware: server, address: 10.7.1.9, endpoint: 10.7.1.9 }\n",
};
const fleetOf = (devices: readonly (keyof typeof lines)[]): string => `
fleet: trial
mesh: {}
rings: { all: {} }
sites: { bench: { region: eu-central }, field: { region: eu-central } }
clusters: { here: { site: bench, tier: cloud, ring: all, local: true } }
devices:
${devices.map((id) => lines[id]).join("")}workloads: { agent: { on: [here], version: 0.1.0 } }
`;
const all = ["pi-1", "pi-2", "gate"] as const;
const mesh = { tags: ["wireguard"] };

describe("the role wireguard", () => {
  let place: string;
  let operator: Operator;
  let repository: string;
  let targets: Targets;

  const addresses = new Map(
    parseFleet([{ path: "clusters/fleet.yaml", text: fleetOf(all) }]).fleet?.devices.map(({ id, mesh: member }) => [id, member?.address ?? ""]),
  );
  const keysText = (): string => readFileSync(join(repository, "clusters/facts/wireguard.yaml"), "utf8");
  const known = (id: string): string => new RegExp(`^${id}: "(.*)"$`, "m").exec(keysText())?.[1] ?? "";
  const used = (id: string): string => targets.get(id).ask("wg show fogline public-key").trim();
  const reaches = (from: string, to: string): boolean => targets.get(from).run(`ping -6 -c 3 -i 0.3 -W 3 ${addresses.get(to)}`).code === 0;
  /** What `fogline render` writes for these devices. */
  const render = (devices: readonly (keyof typeof lines)[]): void => {
    writeFileSync(join(repository, "clusters/fleet.yaml"), fleetOf(devices));
    execFileSync(execPath, [join(root, "packages/cli/src/main.ts"), "--repo", repository, "render"], { stdio: ["ignore", "pipe", "pipe"] });
  };

  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), "fogline-wireguard-"));
    const nspawn = ["--bind=/dev/net/tun"];
    targets = await startTargets([
      { name: "pi-1", address: "10.7.1.1", nspawn },
      { name: "pi-2", address: "10.7.1.2", nspawn },
      { name: "gate", address: "10.7.1.9", nspawn },
    ]);
    operator = await startOperator(place, fleetOf(all), targets);
    repository = operator.repository;
    // What the role common installs.
    for (const target of targets.all) {
      target.ask(
        "mkdir -p /var/lib/apt/lists/partial && apt-get -qq update && apt-get -qq install --no-install-recommends wireguard-tools >/dev/null 2>&1",
      );
    }
  });
  afterAll(async () => {
    operator?.stop();
    await targets?.stop();
    rmSync(place, { recursive: true, force: true });
  });

  it("makes nothing in check mode", async () => {
    const shown = await play(repository, targets, { ...mesh, limit: "pi-1", check: true });
    expect(shown.failed).toEqual([]);
    expect(shown.changed).toContain("wireguard: Make the key of the machine");
    expect(targets.get("pi-1").run("ls /etc/wireguard/fogline.key").code).not.toBe(0);
  });

  it("makes a key on each machine and writes the public halves down, also when three processes do so at once", async () => {
    const plays = await Promise.all(all.map((limit) => play(repository, targets, { ...mesh, limit })));
    expect(plays.flatMap(({ failed }) => failed)).toEqual([]);
    expect([...keysText().matchAll(/^([a-z0-9-]+): /gm)].map((match) => match[1])).toEqual(["gate", "pi-1", "pi-2"]);
    for (const id of all) {
      expect(used(id)).toBe(known(id));
      expect(targets.get(id).ask("stat -c %a:%U /etc/wireguard/fogline.key").trim()).toBe("600:root");
      const secret = targets.get(id).ask("cat /etc/wireguard/fogline.key").trim();
      for (const { output } of plays) expect(output).not.toContain(secret);
    }
    expect(reaches("pi-1", "gate")).toBe(false);
  });

  it("joins them once the fleet was rendered: directly, and through the device that passes packets on; a second run changes nothing", async () => {
    render(all);
    const joined = await play(repository, targets, mesh);
    expect(joined.failed).toEqual([]);
    expect(reaches("pi-1", "gate")).toBe(true);
    expect(reaches("pi-2", "gate")).toBe(true);
    // gate opened a line to pi-1, whose address it has; pi-2 was never called.
    expect(reaches("pi-1", "pi-2")).toBe(true);
    expect(targets.get("pi-1").ask("wg show fogline peers").trim()).toBe(known("gate"));
    const second = await play(repository, targets, mesh);
    expect(second.failed).toEqual([]);
    expect(second.changed).toEqual([]);
    expect(skippedIn(joined, "wireguard")).toEqual(explainedSkips("wireguard"));
    expect(countsOf(joined, "wireguard").executed).toBeGreaterThan(20);
  });

  it("is shown as it is: peers and their keys, and the settings that lie on the machine", async () => {
    const { stdout } = await operator.fogline("--json", "mesh", "show", "pi-1");
    expect(JSON.parse(stdout)).toEqual({
      ...{ device: "pi-1", address: addresses.get("pi-1"), key: used("pi-1"), endpoint: null },
      peers: [{ device: "gate", address: addresses.get("gate"), key: used("gate"), endpoint: "10.7.1.9:51820", keepalive: false, relay: true }],
    });
    const { stdout: text } = await operator.fogline("mesh", "config", "pi-1");
    expect(targets.get("pi-1").ask("cat /etc/wireguard/fogline.conf").trim()).toBe(text.trim());
    const unknown = await operator.fogline("mesh", "show", "pi-3");
    expect([unknown.code, unknown.stderr]).toEqual([3, expect.stringMatching(/FL4090 {2}the fleet has no device pi-3\n.*fix: Write pi-[12]\./)]);
  });

  it("repairs settings that somebody damaged without taking the interface down, and a peer that somebody removed", async () => {
    const pi = targets.get("pi-1");
    const index = pi.ask("cat /sys/class/net/fogline/ifindex");
    pi.ask("sed -i '/^AllowedIPs/d' /etc/wireguard/fogline.conf");
    expect((await play(repository, targets, { ...mesh, limit: "pi-1" })).changed).toEqual([
      "wireguard: Lay the settings of the mesh",
      "wireguard: Bring the mesh up",
    ]);
    pi.ask(`wg set fogline peer ${known("gate")} remove`);
    expect(reaches("pi-1", "gate")).toBe(false);
    expect((await play(repository, targets, { ...mesh, limit: "pi-1" })).changed).toEqual(["wireguard: Bring the mesh up"]);
    expect(reaches("pi-1", "gate")).toBe(true);
    expect(pi.ask("cat /sys/class/net/fogline/ifindex")).toBe(index);
  });

  it("changes a key in an order that a machine survives which was away meanwhile", async () => {
    const old = known("pi-1");
    const shown = await operator.fogline("mesh", "rotate", "pi-1", "--check");
    expect([shown.code, shown.stderr, known("pi-1")]).toEqual([0, "", old]);
    const rotated = await operator.fogline("mesh", "rotate", "pi-1", "--yes");
    expect([rotated.code, rotated.stderr]).toEqual([0, ""]);
    expect(rotated.stdout).toContain("fogline bootstrap pi-1 gate --only wireguard");
    expect(known("pi-1")).not.toBe(old);
    // What the machines would get is not what the fleet renders any more.
    const early = await operator.fogline("mesh", "rotate", "pi-1", "--yes");
    expect([early.code, early.stderr]).toEqual([1, expect.stringContaining("FL4092")]);
    // Until its peers know the new key it keeps the old one, and the line with it.
    expect(used("pi-1")).toBe(old);
    expect(reaches("pi-1", "gate")).toBe(true);
    render(all);
    expect((await play(repository, targets, { ...mesh, limit: "gate" })).failed).toEqual([]);
    // It was away: out of the mesh, and still there by SSH.
    expect(reaches("pi-1", "gate")).toBe(false);
    expect((await play(repository, targets, { ...mesh, limit: "pi-1" })).failed).toEqual([]);
    expect(used("pi-1")).toBe(known("pi-1"));
    expect(reaches("pi-1", "gate")).toBe(true);
    expect(targets.get("pi-1").run("ls /etc/wireguard/fogline.key.next").code).not.toBe(0);
    expect(targets.get("gate").ask("wg show fogline peers")).not.toContain(old);
    expect((await play(repository, targets, mesh)).changed).toEqual([]);
  });

  it("forgets a machine that left the fleet, whatever that still has", async () => {
    const gone = known("pi-2");
    render(["pi-1", "gate"]);
    expect((await play(repository, targets, mesh)).failed).toEqual([]);
    expect(targets.get("gate").ask("wg show fogline peers")).not.toContain(gone);
    expect(reaches("pi-2", "gate")).toBe(false);
    expect(reaches("pi-2", "pi-1")).toBe(false);
    expect(reaches("pi-1", "gate")).toBe(true);
  });
});
