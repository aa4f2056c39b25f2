import {
  type Device,
  declaredDevices,
  type FleetDocument,
  type Path,
  type Statement,
  statementsAt,
  type WorkloadOptions,
  workloadLayers,
} from "@fogline/fleet";
import type { ClusterContext, Placed } from "@fogline/manifests";
import { othersOf } from "./variants.ts";

/** A value that a tree may depend on: who states it, and the same context with other values in its place. */
export interface Leaf {
  /** In the words of the fleet file. */
  readonly name: string;
  readonly value: unknown;
  /** Who states it, the one that counts last. Empty where a default holds. */
  readonly statements: readonly Statement[];
  readonly variants: () => Generator<ClusterContext>;
}

/** Values that nobody may have stated, with one that somebody could state. */
const possible: { readonly [Key in keyof WorkloadOptions]?: unknown } = {
  version: "9.9.9",
  image: "registry.invalid/another:9.9.9",
  command: ["/another"],
  args: ["--another"],
  userId: 4_711,
  health: { command: ["/another"], intervalMs: 11_000 },
  ports: [4_711],
  devices: ["/dev/another"],
  volumes: [{ name: "another", path: "/another", kind: "keep", sizeBytes: 1 }],
  secrets: ["another"],
};

/** The fleet file's words where they differ from the model's. */
const wordOf: Readonly<Record<string, string>> = { userId: "user", memoryBytes: "memory", cpuMillicores: "cpu", gpuSlices: "gpu" };

/** Options whose parts are stated one by one, with parts that nobody may have stated. */
const byPart: { readonly [Key in keyof WorkloadOptions]?: Readonly<Record<string, unknown>> } = {
  settings: {},
  env: {},
  placement: {},
  needs: { memoryBytes: 77 * 1024 ** 2, cpuMillicores: 77, gpuSlices: 1 },
};

/** Everything of the fleet that a cluster's tree may depend on. */
export const leavesOf = (document: FleetDocument, context: ClusterContext): Leaf[] => [
  ...context.workloads.flatMap((placed) => workloadLeaves(document, context, placed)),
  ...clusterLeaves(document, context),
  ...connectivityLeaves(document, context),
  ...fleetLeaves(document, context),
  ...deviceLeaves(document, context),
];

const replaced = (context: ClusterContext, placed: Placed, target: Partial<WorkloadOptions>): ClusterContext => ({
  ...context,
  workloads: context.workloads.map((one) => (one === placed ? { ...one, target: { ...one.target, ...target } } : one)),
});

const workloadLeaves = (document: FleetDocument, context: ClusterContext, placed: Placed): Leaf[] => {
  const layers = workloadLayers(document, context.cluster.name, placed.workload);
  const leaf = (keys: readonly string[], value: unknown, other: unknown, set: (value: unknown) => Partial<WorkloadOptions>): Leaf => ({
    name: `workloads.${placed.workload}.${keys.map((key) => wordOf[key] ?? key).join(".")}`,
    value,
    statements: statementsAt(
      layers,
      keys.map((key) => wordOf[key] ?? key),
    ),
    variants: function* () {
      for (const another of value === undefined || (Array.isArray(value) && value.length === 0) ? [other] : othersOf(value))
        yield replaced(context, placed, set(another));
    },
  });
  const { cluster: _cluster, part: _part, place: _place, ...options } = placed.target;
  const keys = [...new Set([...Object.keys(options), ...Object.keys(possible)])] as (keyof WorkloadOptions)[];
  return [
    ...keys.flatMap((key): Leaf[] => {
      const value = options[key];
      const parts = byPart[key];
      if (parts === undefined) return [leaf([key], value, possible[key], (another) => ({ [key]: another }))];
      const whole = value as Readonly<Record<string, unknown>>;
      return [...new Set([...Object.keys(whole), ...Object.keys(parts)])].map((part) =>
        leaf([key, part], whole[part], parts[part], (another) => ({ [key]: { ...whole, [part]: another } })),
      );
    }),
    ...neighbourLeaves(context, placed),
  ];
};

/** Whom it talks to, and who talks to it: said by `uses` of each, and by charts. */
const neighbourLeaves = (context: ClusterContext, placed: Placed): Leaf[] =>
  (["uses", "usedBy"] as const).flatMap((key) =>
    placed[key].map((name) => {
      const [from, to] = key === "uses" ? [placed.name, name] : [name, placed.name];
      const user = context.workloads.find((one) => one.name === from);
      return {
        name: `${from} uses ${to}`,
        value: to,
        statements:
          user?.target.uses.includes(to) === true ? [{ layer: "workload" as const, value: to, path: ["workloads", user.workload, "uses"] }] : [],
        variants: function* () {
          yield {
            ...context,
            workloads: context.workloads.map((one) => (one === placed ? { ...one, [key]: one[key].filter((other) => other !== name) } : one)),
          };
        },
      };
    }),
  );

/** A statement of the document itself, where it is there. */
const statedAt = (document: FleetDocument, layer: Statement["layer"], path: Path): Statement[] => {
  const value = path.reduce<unknown>((table, key) => (Object(table) as Record<string, unknown>)[String(key)], document.raw);
  return value === undefined ? [] : [{ layer, value, path }];
};

const clusterLeaves = (document: FleetDocument, context: ClusterContext): Leaf[] => {
  const { cluster } = context;
  const entry = ["clusters", cluster.name];
  const leaf = (key: "name" | "tier" | "ring" | "site", statements: readonly Statement[]): Leaf => ({
    name: `clusters.${cluster.name}.${key}`,
    value: cluster[key],
    statements,
    variants: function* () {
      for (const another of othersOf(cluster[key])) yield { ...context, cluster: { ...cluster, [key]: another } };
    },
  });
  return [
    leaf("name", [{ layer: "cluster", value: cluster.name, path: entry }]),
    ...(["tier", "ring", "site"] as const).map((key) => leaf(key, statedAt(document, "cluster", [...entry, key]))),
    ...(["distribution", "version", "fingerprint"] as const).map((key) => ({
      name: `clusters.${cluster.name}.kubernetes.${key}`,
      value: cluster.kubernetes[key],
      statements: [
        ...(key === "version" ? statedAt(document, "ring", ["rings", cluster.ring, "k3s"]) : []),
        ...statedAt(document, "cluster", [...entry, "kubernetes", key]),
      ],
      variants: function* () {
        for (const another of othersOf(cluster.kubernetes[key] ?? "another"))
          yield { ...context, cluster: { ...cluster, kubernetes: { ...cluster.kubernetes, [key]: another } } };
      },
    })),
  ];
};

/** The words of a profile in the fleet file. */
const profileWords: Readonly<Record<string, string>> = {
  budgetBytesPerDay: "budget",
  outageMs: "outage",
  bandwidthBytesPerSecond: "bandwidth",
  latencyMs: "latency",
  intervalMs: "interval",
};

const connectivityLeaves = (document: FleetDocument, context: ClusterContext): Leaf[] => {
  const { cluster } = context;
  const { connectivity } = cluster;
  const profiles = profileChain(document, connectivity.name);
  return Object.entries(connectivity)
    .filter(([key]) => key !== "name" && key !== "base")
    .map(([key, value]) => ({
      name: `connectivity.${connectivity.name}.${profileWords[key] ?? key}`,
      value,
      statements: [
        ...statedAt(document, "site", ["sites", cluster.site, "connectivity"]),
        ...profiles.flatMap((profile) => statedAt(document, "profile", ["connectivity", profile, profileWords[key] ?? key])),
      ],
      variants: function* () {
        for (const another of othersOf(value)) yield { ...context, cluster: { ...cluster, connectivity: { ...connectivity, [key]: another } } };
      },
    }));
};

/** A declared profile after those that it refines. */
const profileChain = (document: FleetDocument, name: string): string[] => {
  const [like] = statedAt(document, "profile", ["connectivity", name, "like"]);
  return typeof like?.value === "string" ? [...profileChain(document, like.value), name] : [];
};

const fleetLeaves = (document: FleetDocument, context: ClusterContext): Leaf[] =>
  (["name", "domain", "registry", "registries", "repository"] as const).map((key) => ({
    name: key === "name" ? "fleet" : key,
    value: context.fleet[key],
    statements: statedAt(document, "defaults", [key === "name" ? "fleet" : key]),
    variants: function* () {
      const others = key === "registries" ? [[], ...othersOf(context.fleet.registries)] : othersOf(context.fleet[key]);
      for (const another of others) yield { ...context, fleet: { ...context.fleet, [key]: another } };
    },
  }));

/** The nodes: what each is, and that it is there. Of equal ones the first stands for all. */
const deviceLeaves = (document: FleetDocument, context: ClusterContext): Leaf[] => {
  const declared = new Map(declaredDevices(document).map((device) => [device.id, device]));
  const kinds = Map.groupBy(context.devices, ({ hardware, gpuSlices }) => `${hardware} ${gpuSlices}`);
  return [...kinds.values()].flatMap((alike): Leaf[] => {
    const [first] = alike;
    const pathOf = declared.get(first?.id ?? "")?.pathOf ?? (() => []);
    const name = alike.map(({ id }) => `devices.${id}`).join(", ");
    const replacing = (change: (device: Device) => Device[]): ClusterContext => ({
      ...context,
      devices: context.devices.flatMap((device) => (alike.includes(device) ? change(device) : [device])),
    });
    return [
      {
        ...{ name, value: first?.hardware },
        statements: statedAt(document, "device", pathOf("hardware")),
        variants: function* () {
          yield replacing(() => []);
        },
      },
      {
        ...{ name: `${name}.gpu.slices`, value: first?.gpuSlices },
        statements: statedAt(document, "device", [...pathOf("gpu"), "slices"]),
        variants: function* () {
          yield replacing((device) => [{ ...device, gpuSlices: device.gpuSlices + 1 }]);
        },
      },
    ];
  });
};
