import type { Patch } from "./merge-patch.ts";
import { workloadEdits } from "./workload-edits.ts";

/** A change of the fleet file as people make it. */
export interface FleetEdit {
  /** What happens; goes on after "when". */
  readonly sentence: string;
  readonly patch?: Patch;
  /** A comment that is put on top of the file. */
  readonly comment?: string;
  /** Whether the command is asked, in a repository of its own. */
  readonly asksCommand?: true;
}

/** What the example fleet lacks, so that more can be taken away and resized. */
export const richer: Patch = {
  workloads: {
    counter: {
      on: "edge-pi",
      image: "registry.edge.acme.example/counter:3.0.0",
      ports: [8090, 9100],
      replicas: 2,
      env: { LINE: "4", UNIT: "pieces" },
      secrets: ["counter-login"],
    },
    recorder: {
      on: "edge-pi",
      image: "registry.edge.acme.example/recorder:1.0.0",
      command: ["/record"],
      volumes: {
        clips: { path: "/var/lib/clips", keep: "2GiB" },
        ring: { path: "/run/ring", memory: "32MiB" },
        login: { path: "/etc/login", secret: "recorder-login" },
      },
    },
  },
};

/** Edits of what is around the workloads: places, lines, devices, rings, registries, what is accepted. */
const placeEdits: readonly FleetEdit[] = [
  { sentence: "a comment comes", comment: "moved to hall 3", asksCommand: true },
  { sentence: "an exception comes", patch: { exceptions: [{ code: "FL2101", reason: "until the new image is there", until: "2099-12-31" }] } },
  { sentence: "the budget of a line changes", patch: { connectivity: { "factory-lte": { budget: "300MB/day" } } } },
  { sentence: "the outage that a line must bear changes", patch: { connectivity: { "factory-lte": { outage: "96h" } } } },
  { sentence: "the bandwidth of a line changes", patch: { connectivity: { "factory-lte": { bandwidth: "1Mbit/s" } } } },
  { sentence: "Flux asks for revisions more often", patch: { connectivity: { "factory-lte": { interval: "10m" } } } },
  { sentence: "a site gets a line that is always there", patch: { sites: { "plant-7": { connectivity: "always" } } }, asksCommand: true },
  { sentence: "a site is cut off", patch: { sites: { "plant-7": { connectivity: "air-gapped" } } } },
  { sentence: "a cluster goes to another ring", patch: { clusters: { "edge-pi": { ring: "canary" } } } },
  { sentence: "a cluster goes to another tier", patch: { clusters: { "edge-pi": { tier: "regional-edge" } } } },
  {
    sentence: "a cluster goes",
    patch: {
      clusters: { "edge-jetson": null },
      devices: { "jetson-[1-2]": null, "jetson-1": null },
      workloads: { inspection: null },
    },
    asksCommand: true,
  },
  { sentence: "a ring gets a variable for everything", patch: { rings: { stable: { workload: { env: { TZ: "UTC" } } } } } },
  { sentence: "a ring gets a setting of its own", patch: { rings: { canary: { workloads: { agent: { settings: { heartbeatMs: 45_000 } } } } } } },
  { sentence: "a tier gets another setting", patch: { tiers: { "access-edge": { workloads: { agent: { settings: { heartbeatMs: 30_000 } } } } } } },
  { sentence: "a workload gets more memory by default", patch: { defaults: { workloads: { recorder: { needs: { memory: "160MiB" } } } } } },
  { sentence: "a ring gets another K3s", patch: { rings: { stable: { k3s: "v1.36.2+k3s1" } } } },
  { sentence: "a device gets a label", patch: { devices: { "pi-1": { labels: { "acme.example/hall": "north" } } } }, asksCommand: true },
  { sentence: "a device gets a taint", patch: { devices: { "pi-1": { host: { taints: ["acme.example/busy=yes:NoSchedule"] } } } } },
  { sentence: "a device gets another power limit", patch: { devices: { "jetson-[1-2]": { power: "15W" } } } },
  { sentence: "GPUs are divided into fewer shares", patch: { devices: { "jetson-[1-2]": { gpu: { slices: 2 } } } } },
  { sentence: "the system keeps more memory", patch: { clusters: { "edge-pi": { host: { reserved: { memory: "3GiB" } } } } } },
  {
    sentence: "a device joins",
    patch: { devices: { "pi-9": { cluster: "edge-pi", hardware: "pi-5-8", data: "usb-ssd", address: "10.7.1.9" } } },
    asksCommand: true,
  },
  {
    sentence: "a device with a medium that wears out joins",
    patch: { devices: { "pi-9": { cluster: "edge-pi", hardware: "pi-4-4", data: "microsd", address: "10.7.1.9" } } },
  },
  {
    sentence: "a registry gets a login",
    patch: { registries: { "registry.edge.acme.example": { credentials: "acme-registry" } } },
    asksCommand: true,
  },
  { sentence: "a registry gets a mirror", patch: { registries: { "ghcr.io": { mirrors: ["https://mirror.plant-7.acme.example"] } } } },
  { sentence: "the registry of Fogline moves", patch: { registry: "images.acme.example" } },
  { sentence: "the domain changes", patch: { domain: "fog.acme.example" } },
  { sentence: "the repository moves", patch: { repository: "https://git.acme.example/fleet.git" } },
  { sentence: "a collection is kept longer", patch: { collections: { readings: { retention: "60d" } } } },
];

export const edits: readonly FleetEdit[] = [...workloadEdits, ...placeEdits];
