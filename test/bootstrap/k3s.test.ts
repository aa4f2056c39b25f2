import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findK3s, layReleases, nodeTarget } from "./testing/k3s.ts";
import { type PlayOptions, play, renderFleet } from "./testing/playbook.ts";
import { startTargets, type Target, type Targets } from "./testing/targets.ts";

const version = "v1.36.3+k3s1";
const fleet = `
fleet: trial
domain: trial.example
rings: { all: { k3s: ${version} } }
sites: { bench: { region: eu-central } }
clusters: { here: { site: bench, tier: access-edge, ring: all } }
devices:
  pi-1: { cluster: here, hardware: pi-5-8, role: server, address: 10.7.1.1 }
  pi-2: { cluster: here, hardware: pi-5-8, address: 10.7.1.2 }
`;

describe.runIf(findK3s() !== undefined)("a cluster of K3s", () => {
  let place: string;
  let repository: string;
  let targets: Targets;
  let server: Target;
  let agent: Target;
  const run = (limit: string, options: PlayOptions = {}) =>
    play(repository, targets, { tags: ["k3s"], limit, ...options, vars: { fogline_k3s_folder: join(place, "releases"), ...options.vars } });

  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), "fogline-k3s-"));
    layReleases(join(place, "releases"), [version]);
    repository = renderFleet(place, fleet);
    targets = await startTargets([nodeTarget(place, "pi-1", "10.7.1.1"), nodeTarget(place, "pi-2", "10.7.1.2")]);
    server = targets.get("pi-1");
    agent = targets.get("pi-2");
    for (const target of targets.all)
      target.ask(
        "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends -y iptables ipset conntrack >/dev/null",
      );
  });
  afterAll(async () => {
    await targets?.stop();
    rmSync(place, { recursive: true, force: true });
  });

  it("is founded by its first server", async () => {
    const first = await run("pi-1");
    expect(first.failed).toEqual([]);
    expect(server.ask("k3s kubectl get nodes")).toContain("Ready");
    const second = await run("pi-1");
    expect(second.failed).toEqual([]);
    expect(second.changed).toEqual([]);
  });

  it("is joined by an agent", async () => {
    const first = await run("pi-2");
    expect(first.failed).toEqual([]);
    expect(server.ask("k3s kubectl get nodes")).toContain("pi-2");
    expect(agent.ask("systemctl is-active k3s-agent").trim()).toBe("active");
    const second = await run("pi-2");
    expect(second.failed).toEqual([]);
    expect(second.changed).toEqual([]);
  });
});
