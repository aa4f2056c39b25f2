import type { Finding } from "@fogline/findings";
import { describeBytes, parseBytes, parseCpuMillicores } from "@fogline/units";
import {
  type DeclaredDevice,
  declaredDestinations,
  declaredDevices,
  declaredTargets,
  entriesOf,
  isTable,
  namesOf,
  numberOf,
  residencyOf,
  statedOptions,
  tableOf,
  textOf,
  textsOf,
} from "../declared.ts";
import type { FleetDocument, Table } from "../document.ts";
import { forWorkloads, hardware, isHardwareName, type KnownHardware } from "../hardware.ts";
import { laidOver, statementsAt, workloadLayers } from "../layers.ts";
import { finding } from "../report.ts";
import { type FleetRule, oncePerPath, rule } from "./rule.ts";

const volumeKinds = ["keep", "scratch", "memory", "files", "secret"];

interface Machine {
  readonly profile: KnownHardware;
  readonly gpuSlices: number;
}

/** The machines of a cluster, or `undefined` when it has none or one of them is not known before it reports. */
const machinesOf = (devices: readonly DeclaredDevice[]): readonly Machine[] | undefined => {
  const machines = devices.flatMap(({ fields }) => {
    const name = textOf(fields.hardware) ?? "";
    const profile = isHardwareName(name) ? hardware[name] : undefined;
    if (profile?.kind !== "known") return [];
    return [{ profile: profileOf(profile, fields), gpuSlices: profile.gpu === undefined ? 0 : (numberOf(tableOf(fields.gpu).slices) ?? 1) }];
  });
  return machines.length === 0 || machines.length < devices.length ? undefined : machines;
};

/** The profile less what the device's own `host.reserved` keeps, where that can be read. */
const profileOf = (profile: KnownHardware, fields: Table): KnownHardware => {
  const { memory, cpu } = tableOf(tableOf(fields.host).reserved);
  const reservedMemoryBytes = parseBytes(textOf(memory) ?? "") ?? profile.reservedMemoryBytes;
  const millicores = typeof cpu === "string" || typeof cpu === "number" ? parseCpuMillicores(cpu) : undefined;
  return { ...profile, reservedMemoryBytes, reservedCores: millicores === undefined ? profile.reservedCores : millicores / 1000 };
};

/** Each need in its unit: what is asked, what a machine has, and how both are said. */
const needs: readonly {
  key: string;
  asked: (value: unknown) => number | undefined;
  has: (machine: Machine) => number;
  say: (amount: number) => string;
}[] = [
  {
    key: "memory",
    asked: (value) => parseBytes(textOf(value) ?? ""),
    has: ({ profile }) => forWorkloads(profile).memoryBytes,
    say: (amount) => `${describeBytes(amount)} of memory`,
  },
  {
    key: "cpu",
    asked: (value) => (typeof value === "string" || typeof value === "number" ? parseCpuMillicores(value) : undefined),
    has: ({ profile }) => forWorkloads(profile).cpuCores * 1000,
    say: (amount) => `${amount / 1000} cores`,
  },
  { key: "gpu", asked: numberOf, has: ({ gpuSlices }) => gpuSlices, say: (amount) => `${amount} GPU shares` },
];

const oversized = (document: FleetDocument): Finding[] => {
  const byCluster = Map.groupBy(declaredDevices(document), ({ fields }) => textOf(fields.cluster));
  const machinesByCluster = new Map(namesOf(document, "clusters").map((cluster) => [cluster, machinesOf(byCluster.get(cluster) ?? [])]));
  const told = new Set<string>();
  return entriesOf(document, "workloads").flatMap(([name, fields]) =>
    declaredTargets(document, name, fields).flatMap(({ cluster }) => {
      const machines = machinesByCluster.get(cluster);
      if (machines === undefined) return [];
      const layers = workloadLayers(document, cluster, name);
      return needs.flatMap(({ key, asked, has, say }) => {
        const [statement] = statementsAt(layers, ["needs", key]).slice(-1);
        const amount = asked(statement?.value);
        if (statement === undefined || amount === undefined || !machines.every((machine) => has(machine) < amount)) return [];
        const id = JSON.stringify([name, statement.path]);
        if (told.has(id)) return [];
        told.add(id);
        const message = `${name} needs ${say(amount)}, the largest machine of ${cluster} has ${say(Math.max(...machines.map(has)))} for workloads`;
        return [finding("FL1070", message, document.placeOf(statement.path), { value: statement.value })];
      });
    }),
  );
};

const volumesOfNoKind = (document: FleetDocument): Finding[] =>
  statedOptions(document).flatMap(({ table, path }) =>
    Object.entries(tableOf(table.volumes)).flatMap(([name, volume]) => {
      const kinds = isTable(volume) ? volumeKinds.filter((kind) => volume[kind] !== undefined) : ["?"];
      if (kinds.length === 1) return [];
      const has = kinds.length === 0 ? "none" : kinds.join(" and ");
      return [
        finding("FL1075", `volume ${name} must have one of ${volumeKinds.join(", ")}, it has ${has}`, document.placeOf([...path, "volumes", name]), {
          value: name,
        }),
      ];
    }),
  );

/** A volume that is kept belongs to one pod. */
const keptBySeveral = (document: FleetDocument): Finding[] => {
  const told = new Set<string>();
  return entriesOf(document, "workloads").flatMap(([name, fields]) =>
    declaredTargets(document, name, fields).flatMap(({ cluster }) => {
      const layers = workloadLayers(document, cluster, name);
      const [replicas] = statementsAt(layers, ["replicas"]).slice(-1);
      const kept = Object.entries(tableOf(laidOver(layers).volumes)).find(([, volume]) => tableOf(volume).keep !== undefined);
      const count = numberOf(replicas?.value) ?? 1;
      if (replicas === undefined || kept === undefined || count < 2 || told.has(JSON.stringify(replicas.path))) return [];
      told.add(JSON.stringify(replicas.path));
      return [
        finding("FL1076", `${name} keeps volume ${kept[0]}, which one replica can mount, and has ${count}`, document.placeOf(replicas.path), {
          value: count,
        }),
      ];
    }),
  );
};

const usesWhatRunsElsewhere = (document: FleetDocument): Finding[] => {
  const known = new Set(namesOf(document, "workloads"));
  const there = new Map<string, Set<string>>();
  for (const [name, fields] of entriesOf(document, "workloads"))
    for (const { cluster } of declaredTargets(document, name, fields)) there.set(cluster, (there.get(cluster) ?? new Set()).add(name));
  const cases = entriesOf(document, "workloads").flatMap(([name, fields]) =>
    declaredTargets(document, name, fields).flatMap(({ cluster }) => {
      const [uses] = statementsAt(workloadLayers(document, cluster, name), ["uses"]).slice(-1);
      return textsOf(uses?.value)
        .filter((used) => known.has(used) && !there.get(cluster)?.has(used))
        .map((used, index) => ({ name, cluster, used, path: [...(uses?.path ?? []), index] }));
    }),
  );
  return oncePerPath(cases).map(({ name, cluster, used, path }) =>
    finding("FL1077", `${name} talks to ${used} in ${cluster}, where ${used} does not run`, document.placeOf(path), { value: used }),
  );
};

const partsWithoutPattern = (document: FleetDocument): Finding[] =>
  entriesOf(document, "workloads")
    .filter(([, { on, pattern }]) => isTable(on) && pattern !== "hybrid")
    .map(([name]) =>
      finding("FL1071", `${name} has parts, which only the hybrid pattern has`, document.placeOf(["workloads", name, "on"]), { value: name }),
    );

const toItsOrigin = (document: FleetDocument): Finding[] =>
  entriesOf(document, "collections").flatMap(([name, fields]) =>
    declaredDestinations(document, name, fields)
      .filter(({ cluster }) => cluster === fields.from)
      .map(({ cluster, path }) =>
        finding("FL1072", `${name} comes from ${cluster} and moves to ${cluster}`, document.placeOf(path), { value: cluster }),
      ),
  );

const siteOf = (document: FleetDocument, cluster: string): Table | undefined => {
  const site = textOf(tableOf(tableOf(document.raw.clusters)[cluster]).site);
  const fields = site === undefined ? undefined : tableOf(document.raw.sites)[site];
  return isTable(fields) ? fields : undefined;
};

const leavingResidency = (document: FleetDocument): Finding[] =>
  entriesOf(document, "collections").flatMap(([name, fields]) => {
    const residency = textOf(fields.residency) ?? "any";
    if (residency === "any") return [];
    return declaredDestinations(document, name, fields).flatMap(({ cluster, path }) => {
      const site = siteOf(document, cluster);
      const there = site === undefined ? undefined : residencyOf(site);
      if (there === undefined || there === residency) return [];
      return [finding("FL1073", `${name} must stay in ${residency}, and ${cluster} is in ${there}`, document.placeOf(path), { value: cluster })];
    });
  });

const unusedVersions = (document: FleetDocument): Finding[] =>
  entriesOf(document, "workloads").flatMap(([name, fields]) => {
    const rings = declaredTargets(document, name, fields).map(({ cluster }) => textOf(tableOf(tableOf(document.raw.clusters)[cluster]).ring));
    if (!isTable(fields.version) || rings.includes(undefined)) return [];
    return Object.keys(fields.version)
      .filter((ring) => Object.hasOwn(tableOf(document.raw.rings), ring) && !rings.includes(ring))
      .map((ring) =>
        finding("FL1074", `no cluster of ${name} is in ring ${ring}`, document.placeOf(["workloads", name, "version", ring], "key"), { value: ring }),
      );
  });

/** What can be wrong with workloads and collections beyond their names. */
export const workloadRules: readonly FleetRule[] = [
  rule("FL1070", oversized),
  rule("FL1071", partsWithoutPattern),
  rule("FL1072", toItsOrigin),
  rule("FL1073", leavingResidency),
  rule("FL1074", unusedVersions),
  rule("FL1075", volumesOfNoKind),
  rule("FL1076", keptBySeveral),
  rule("FL1077", usesWhatRunsElsewhere),
];
