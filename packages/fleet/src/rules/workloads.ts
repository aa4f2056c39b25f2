import type { Finding } from "@fogline/findings";
import { describeBytes, parseBytes, parseCpuMillicores } from "@fogline/units";
import {
  type DeclaredDevice,
  declaredDestinations,
  declaredDevices,
  declaredTargets,
  entriesOf,
  isTable,
  numberOf,
  residencyOf,
  tableOf,
  textOf,
} from "../declared.ts";
import type { FleetDocument, Table } from "../document.ts";
import { forWorkloads, hardware, isHardwareName, type KnownHardware } from "../hardware.ts";
import { finding } from "../report.ts";
import { type FleetRule, rule } from "./rule.ts";

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
  return entriesOf(document, "workloads").flatMap(([name, fields]) => {
    const targets = declaredTargets(name, fields).map(({ cluster }) => ({ cluster, machines: machinesOf(byCluster.get(cluster) ?? []) }));
    return needs.flatMap(({ key, asked, has, say }) => {
      const amount = asked(tableOf(fields.needs)[key]);
      if (amount === undefined) return [];
      const short = targets.find(({ machines }) => machines?.every((machine) => has(machine) < amount));
      if (short?.machines === undefined) return [];
      const largest = Math.max(...short.machines.map(has));
      const message = `${name} needs ${say(amount)}, the largest machine of ${short.cluster} has ${say(largest)} for workloads`;
      return [finding("FL1070", message, document.placeOf(["workloads", name, "needs", key]), { value: tableOf(fields.needs)[key] })];
    });
  });
};

const partsWithoutPattern = (document: FleetDocument): Finding[] =>
  entriesOf(document, "workloads")
    .filter(([, { on, pattern }]) => isTable(on) && pattern !== "hybrid")
    .map(([name]) =>
      finding("FL1071", `${name} has parts, which only the hybrid pattern has`, document.placeOf(["workloads", name, "on"]), { value: name }),
    );

const toItsOrigin = (document: FleetDocument): Finding[] =>
  entriesOf(document, "collections").flatMap(([name, fields]) =>
    declaredDestinations(name, fields)
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
    return declaredDestinations(name, fields).flatMap(({ cluster, path }) => {
      const site = siteOf(document, cluster);
      const there = site === undefined ? undefined : residencyOf(site);
      if (there === undefined || there === residency) return [];
      return [finding("FL1073", `${name} must stay in ${residency}, and ${cluster} is in ${there}`, document.placeOf(path), { value: cluster })];
    });
  });

const unusedVersions = (document: FleetDocument): Finding[] =>
  entriesOf(document, "workloads").flatMap(([name, fields]) => {
    const rings = declaredTargets(name, fields).map(({ cluster }) => textOf(tableOf(tableOf(document.raw.clusters)[cluster]).ring));
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
];
