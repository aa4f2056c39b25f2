import type { HardwareName } from "@fogline/fleet";
import type { Repository } from "../../system/testing/repository.ts";

/** So many boards of one kind. */
export interface Boards {
  readonly hardware: Extract<HardwareName, `pi-${string}` | `jetson-${string}`>;
  readonly count: number;
}

export interface WideCluster {
  readonly name: string;
  readonly boards: readonly Boards[];
  /** Workloads that anything can run. */
  readonly plain: number;
  /** Workloads that ask for a share of a GPU. */
  readonly gpu: number;
  /** How many run of each workload. */
  readonly replicas: number;
  /** Shares into which a GPU is divided. */
  readonly gpuSlices: number;
}

const fleetFile = "clusters/fleet.yaml";

const device = (cluster: WideCluster, { hardware, count }: Boards): string => {
  const extra = hardware.startsWith("jetson-") ? `gpu: { slices: ${cluster.gpuSlices} }` : "data: usb-ssd";
  return `  ${cluster.name}-${hardware}-[1-${count}]: { cluster: ${cluster.name}, hardware: ${hardware}, ${extra} }\n`;
};

const workload = ({ name, replicas }: WideCluster, of: "plain" | "gpu", index: number): string => {
  const number = String(index + 1).padStart(2, "0");
  const listens = of === "plain" ? "ports: [8080], health: { http: /healthz }, " : "";
  const needs = of === "plain" ? "needs: { memory: 64MiB, cpu: 0.05 }" : "needs: { memory: 256MiB, cpu: 0.2, gpu: 1 }";
  const image = `registry.edge.acme.example/${of}-${number}:1.0.0`;
  return `  ${of}-${number}: { on: ${name}, image: "${image}", replicas: ${replicas}, ${listens}${needs} }\n`;
};

const all = <Item>(count: number, make: (index: number) => Item): Item[] => Array.from({ length: count }, (_, index) => make(index));

/** Adds a cluster of many boards and workloads to the fleet file of a clone. The first board is its server. */
export const addWideCluster = (repository: Repository, cluster: WideCluster): void => {
  const { name, boards, plain, gpu } = cluster;
  const server = `  ${name}-${boards[0]?.hardware}-1: { role: server, address: 10.9.0.1 }\n`;
  const workloads = [...all(plain, (index) => workload(cluster, "plain", index)), ...all(gpu, (index) => workload(cluster, "gpu", index))];
  repository.edit(fleetFile, /^clusters:\n/m, `clusters:\n  ${name}: { site: headquarters, tier: metro-edge, ring: stable }\n`);
  repository.edit(fleetFile, /^devices:\n/m, `devices:\n${boards.map((kind) => device(cluster, kind)).join("")}${server}`);
  repository.edit(fleetFile, /^workloads:\n/m, `workloads:\n${workloads.join("")}`);
};
