import { spawnSync } from "node:child_process";
import { parseQuantity } from "@fogline/units";
import fc from "fast-check";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { sampleJetson, samplePi } from "../samples.ts";
import { findTool } from "../tools.ts";
import { k3dConfig } from "./k3d-config.ts";
import { constrained, type Engine, kindConfig, kindNodeName, kubeletArguments } from "./kind-config.ts";

const engine: Engine = { cpuCores: 16, memoryBytes: 32 * 1024 ** 3 };
const nodes = [samplePi, sampleJetson].map((machine) => constrained(machine, engine));

interface KindConfig {
  readonly nodes: readonly { readonly role: string; readonly labels?: Record<string, string>; readonly kubeadmConfigPatches?: readonly string[] }[];
}

/** The quantity of a resource in `--system-reserved` and the like. */
const reserved = (argument: string, resource: string): number => {
  const [, text = ""] = new RegExp(`${resource}[=<]([^,]+)`).exec(argument) ?? [];
  return parseQuantity(text) ?? Number.NaN;
};

describe("a node container", () => {
  it("leaves pods of a big engine what the board leaves them, and says which board it plays", () => {
    const config = load(kindConfig("fogline-acme", nodes, engine)) as KindConfig;
    expect(config.nodes.map(({ role }) => role)).toEqual(["control-plane", "worker", "worker"]);
    const [, pi] = config.nodes;
    expect(pi?.labels).toEqual({ "fogline.dev/class": "raspberry-pi", "kubernetes.io/arch": "arm64", "fogline.dev/mock-of": "pi-1" });
    expect(load(pi?.kubeadmConfigPatches?.[0] ?? "")).toEqual({
      kind: "JoinConfiguration",
      nodeRegistration: {
        // Of 16 cores all but 3; of 32 GiB all but 6 GiB and the 100 MiB below which pods are evicted.
        kubeletExtraArgs: {
          "system-reserved": "cpu=13000m,memory=27160576Ki",
          "eviction-hard": "memory.available<102400Ki,nodefs.available<0%,nodefs.inodesFree<0%,imagefs.available<0%",
        },
        taints: [{ key: "fogline.dev/role", value: "edge", effect: "NoSchedule" }],
      },
    });
  });

  it("offers what the board has wherever the engine has as much, and never more than the engine has", () => {
    const gib = 1024 ** 3;
    const engines = fc.record({ cpuCores: fc.integer({ min: 1, max: 64 }), memoryBytes: fc.integer({ min: 2, max: 256 }).map((n) => n * gib) });
    fc.assert(
      fc.property(engines, fc.constantFrom(samplePi, sampleJetson), (some, machine) => {
        const node = constrained(machine, some);
        const args = kubeletArguments(node, some);
        const [system = "", eviction = ""] = [args["system-reserved"], args["eviction-hard"]];
        // As a kubelet computes it: all that it sees, less what is reserved, less the threshold of eviction.
        const memory = some.memoryBytes - reserved(system, "memory") - reserved(eviction, "memory.available");
        const cores = some.cpuCores - reserved(system, "cpu");
        expect(memory).toBeCloseTo(node.memoryBytes, -4);
        expect(cores).toBeCloseTo(node.cpuCores);
        expect(node.memoryBytes).toBeLessThan(some.memoryBytes);
        if (some.memoryBytes >= 16 * gib) expect(node.memoryBytes).toBe(machine.memoryBytes - machine.reservedMemoryBytes);
        if (some.cpuCores >= 8) expect(node.cpuCores).toBe(machine.cpuCores - machine.reservedCores);
      }),
    );
  });

  it("has the name that kind gives it", () => {
    expect([0, 1, 2].map((index) => kindNodeName("fogline-acme", index))).toEqual([
      "fogline-acme-worker",
      "fogline-acme-worker2",
      "fogline-acme-worker3",
    ]);
  });
});

const kind = findTool("kind");

/** What kind says of a configuration, with a container engine that nobody runs: it reads the one before it asks the other. */
const saidOf = (config: string): string => {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, DOCKER_HOST: "unix:///nonexistent/docker.sock", KIND_EXPERIMENTAL_PROVIDER: "docker" };
  const { stdout, stderr } = spawnSync(kind ?? "kind", ["create", "cluster", "--config", "-"], { input: config, env, encoding: "utf8" });
  return stdout + stderr;
};

// `npm run tools -- kind` builds it.
describe.skipIf(kind === undefined)("kind itself, strict about what it reads", () => {
  it("takes the configuration, and gets as far as the container engine", () => {
    const said = saidOf(kindConfig("fogline-acme", nodes, engine));
    expect(said).not.toMatch(/decod|unknown field|not found in type|invalid/i);
    expect(said).toMatch(/docker/i);
  });

  it("refuses one with a field that it does not know, so that taking it says something", () => {
    expect(saidOf(kindConfig("fogline-acme", nodes, engine).replace("role: worker", "roll: worker"))).toMatch(/unable to decode config/i);
  });
});

describe("the configuration of k3d", () => {
  const config = load(k3dConfig("fogline-acme", nodes, engine, { name: "fogline-acme-registry", port: 5001, mirrors: "registry.acme.example" })) as {
    agents: number;
    registries: { create: object; config: string };
    options: { k3s: { extraArgs: { arg: string; nodeFilters: string[] }[]; nodeLabels: { label: string; nodeFilters: string[] }[] } };
  };

  it("gives each agent what a kubelet of kind gets, its taints and its labels", () => {
    expect(config.agents).toBe(2);
    const { extraArgs, nodeLabels } = config.options.k3s;
    expect(extraArgs).toContainEqual({ arg: "--kubelet-arg=system-reserved=cpu=13000m,memory=27160576Ki", nodeFilters: ["agent:0"] });
    expect(extraArgs).toContainEqual({ arg: "--node-taint=fogline.dev/role=edge:NoSchedule", nodeFilters: ["agent:0"] });
    expect(extraArgs.filter(({ nodeFilters }) => nodeFilters[0] === "agent:1").map(({ arg }) => arg.split("=")[0])).toEqual([
      "--kubelet-arg",
      "--kubelet-arg",
    ]);
    expect(nodeLabels).toContainEqual({ label: "fogline.dev/mock-of=jetson-1", nodeFilters: ["agent:1"] });
  });

  it("lets the fleet's registry be the local one", () => {
    expect(config.registries.create).toEqual({ name: "k3d-fogline-acme-registry", host: "127.0.0.1", hostPort: "5001" });
    expect(load(config.registries.config)).toEqual({ mirrors: { "registry.acme.example": { endpoint: ["http://k3d-fogline-acme-registry:5000"] } } });
  });
});
