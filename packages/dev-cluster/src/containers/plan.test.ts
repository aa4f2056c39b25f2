import { describe, expect, it } from "vitest";
import { sampleJetson, samplePi } from "../samples.ts";
import { planContainers } from "./plan.ts";

const options = {
  name: "fogline-acme",
  machines: [samplePi, sampleJetson],
  engine: { cpuCores: 16, memoryBytes: 32 * 1024 ** 3 },
  registryPort: 5001,
  registryHost: "registry.acme.example",
  kubeconfig: "/dev/cluster/kubeconfig",
  devices: ["devices.fogline.dev/video0"],
};
const commands = (kind: "kind" | "k3d") => planContainers({ ...options, kind }).steps.map(({ program, args }) => `${program} ${args.join(" ")}`);

describe("the plan of a cluster of containers", () => {
  it("makes the cluster first, and writes down whatever it makes", () => {
    expect(planContainers({ ...options, kind: "kind" }).steps.flatMap(({ makes }) => makes ?? [])).toEqual([
      { what: "kind-cluster", name: "fogline-acme" },
      { what: "container", name: "fogline-acme-registry" },
    ]);
    expect(planContainers({ ...options, kind: "k3d" }).steps.flatMap(({ makes }) => makes ?? [])).toEqual([
      { what: "k3d-cluster", name: "fogline-acme" },
    ]);
    expect(commands("kind")[0]).toBe("kind create cluster --name fogline-acme --config - --kubeconfig /dev/cluster/kubeconfig --wait 180s");
    expect(commands("k3d").slice(0, 2)).toEqual([
      "k3d cluster create --config -",
      "k3d kubeconfig write fogline-acme --output /dev/cluster/kubeconfig",
    ]);
  });

  it.each([
    ["kind", ["fogline-acme-worker", "fogline-acme-worker2"]],
    ["k3d", ["k3d-fogline-acme-agent-0", "k3d-fogline-acme-agent-1"]],
  ] as const)("holds each container of %s to the memory and cores of its board, without swap", (kind, [pi, jetson]) => {
    expect(commands(kind).filter((command) => command.startsWith("docker update"))).toEqual([
      `docker update --memory 8589934592 --memory-swap 8589934592 --cpus 4 ${pi}`,
      `docker update --memory 17179869184 --memory-swap 17179869184 --cpus 8 ${jetson}`,
    ]);
  });

  it("asks no engine for more cores than it has, which Docker refuses", () => {
    const small = planContainers({ ...options, kind: "kind", engine: { cpuCores: 2, memoryBytes: 16 * 1024 ** 3 } });
    const updates = small.steps.filter(({ args }) => args[0] === "update");
    expect(updates.map(({ args }) => args.slice(5, 7))).toEqual([
      ["--cpus", "2"],
      ["--cpus", "2"],
    ]);
  });

  it("publishes the registry to this machine alone, and every node of kind takes the fleet's images from it", () => {
    const { steps } = planContainers({ ...options, kind: "kind" });
    expect(steps.map(({ args }) => args.join(" "))).toContainEqual(expect.stringContaining("--publish 127.0.0.1:5001:5000"));
    const hosts = steps.filter(({ input }) => input?.startsWith("[host."));
    expect(hosts.map(({ args }) => args[2])).toEqual(["fogline-acme-control-plane", "fogline-acme-worker", "fogline-acme-worker2"]);
    expect(hosts[0]?.args.at(-1)).toContain("/etc/containerd/certs.d/registry.acme.example/hosts.toml");
    expect(hosts[0]?.input).toContain("http://fogline-acme-registry:5000");
  });

  it("offers GPU shares and device files, which no plugin would in a container", () => {
    const offers = commands("kind").filter((command) => command.startsWith("kubectl"));
    expect(offers).toHaveLength(2);
    expect(offers[1]).toContain('{"status":{"capacity":{"nvidia.com/gpu":"4","devices.fogline.dev/video0":"1"}}}');
    expect(planContainers({ ...options, kind: "kind" }).context).toBe("kind-fogline-acme");
  });
});
