import type { Severity } from "@fogline/findings";
import { describeBytes, formatBytes, GIBIBYTE, parseBytes, parseCpuMillicores, parseWatts } from "@fogline/units";
import { type DeclaredDevice, declaredDevices, isTable, numberOf, tableOf, textOf, textsOf } from "../declared.ts";
import type { Table } from "../document.ts";
import { type HardwareProfile, hardware, isHardwareName, type KnownHardware } from "../hardware.ts";
import { type Governor, hostFacts, isFragile } from "../host/facts.ts";
import { isDerivedLabel, isRefusedByKubelet } from "../host/labels.ts";
import { sysctlObjection } from "../host/sysctl.ts";
import { isLabelKey, parseTaint } from "../host/taint.ts";
import { type FleetCode, finding } from "../report.ts";
import { type FleetRule, oncePerPath, rule } from "./rule.ts";

/** Memory of a K3s agent alone, as its documentation measured it. */
const K3S_AGENT_BYTES = 275_000_000;
/** Below this much memory for each share of the GPU a warning is due: CUDA's own context alone takes a few hundred megabytes. */
const SHARE_BYTES_MIN = GIBIBYTE;

interface Objection {
  readonly message: string;
  /** Keys below the device; the first one decides which entry of the file states it. */
  readonly at: readonly [string, ...(string | number)[]];
  readonly value: unknown;
  readonly of?: "key";
}

/** A rule about what devices state of their hardware, told once where a range states it. */
const about = (
  code: FleetCode,
  objectionsOf: (device: DeclaredDevice, profile: HardwareProfile) => readonly Objection[],
  severity: Severity = "error",
): FleetRule =>
  rule(code, (document) => {
    const cases = declaredDevices(document).flatMap((device) => {
      const name = textOf(device.fields.hardware) ?? "";
      if (!isHardwareName(name)) return [];
      return objectionsOf(device, hardware[name]).map(({ at: [field, ...rest], ...objection }) => ({
        ...objection,
        path: [...device.pathOf(field), ...rest],
      }));
    });
    return oncePerPath(cases).map(({ message, path, value, of }) =>
      finding(code, message, document.placeOf(path, of ?? "value"), { value, severity }),
    );
  });

const hostOf = ({ fields }: DeclaredDevice): Table => tableOf(fields.host);
const isNode = ({ fields }: DeclaredDevice): boolean => Object.hasOwn(fields, "cluster");
const millicoresOf = (value: unknown): number | undefined =>
  typeof value === "string" || typeof value === "number" ? parseCpuMillicores(value) : undefined;

const mpsOnTegra = ({ key, fields }: DeclaredDevice, profile: HardwareProfile): Objection[] => {
  const { sharing } = tableOf(fields.gpu);
  if (sharing !== "mps" || profile.kind !== "known" || profile.deviceClass !== "jetson") return [];
  return [
    { message: `${key} shares its GPU by mps, whose daemon needs NVML, and a ${profile.name} has none`, at: ["gpu", "sharing"], value: sharing },
  ];
};

const gpuAbsent = ({ key, fields }: DeclaredDevice, profile: HardwareProfile): Objection[] =>
  isTable(fields.gpu) && profile.kind === "known" && profile.gpu === undefined
    ? [{ message: `${key} divides a GPU, and a ${profile.name} has none that pods can use`, at: ["gpu"], value: fields.gpu, of: "key" }]
    : [];

const thinShares = (device: DeclaredDevice, profile: HardwareProfile): Objection[] => {
  const slices = numberOf(tableOf(device.fields.gpu).slices) ?? 1;
  if (slices < 2 || profile.kind !== "known" || profile.gpu?.sharesMemory !== true) return [];
  const memoryBytes = profile.memoryBytes - reservedBytes(device, profile);
  if (memoryBytes <= 0 || memoryBytes / slices >= SHARE_BYTES_MIN) return [];
  const message = `${device.key} divides its GPU into ${slices} shares, which have ${describeBytes(memoryBytes)} of memory together with all pods`;
  return [{ message, at: ["gpu", "slices"], value: slices }];
};

const reservedBytes = (device: DeclaredDevice, profile: KnownHardware): number =>
  parseBytes(textOf(tableOf(hostOf(device).reserved).memory) ?? "") ?? profile.reservedMemoryBytes;

const beyondBoard = (device: DeclaredDevice, profile: HardwareProfile): Objection[] => {
  if (profile.kind !== "known") return [];
  const { memory, cpu } = tableOf(hostOf(device).reserved);
  const [memoryBytes, millicores] = [parseBytes(textOf(memory) ?? ""), millicoresOf(cpu)];
  const objections: Objection[] = [];
  if (memoryBytes !== undefined && memoryBytes >= profile.memoryBytes) {
    const message = `${device.key} reserves ${describeBytes(memoryBytes)} of memory, a ${profile.name} has ${describeBytes(profile.memoryBytes)}`;
    objections.push({ message, at: ["host", "reserved", "memory"], value: memory });
  }
  if (millicores !== undefined && millicores >= profile.cpuCores * 1000) {
    const message = `${device.key} reserves ${millicores / 1000} cores, a ${profile.name} has ${profile.cpuCores}`;
    objections.push({ message, at: ["host", "reserved", "cpu"], value: cpu });
  }
  return objections;
};

const belowK3s = (device: DeclaredDevice): Objection[] => {
  const { memory } = tableOf(hostOf(device).reserved);
  const bytes = parseBytes(textOf(memory) ?? "");
  if (!isNode(device) || bytes === undefined || bytes >= K3S_AGENT_BYTES) return [];
  const message = `${device.key} reserves ${describeBytes(bytes)} of memory, K3s alone takes ${formatBytes(K3S_AGENT_BYTES)}`;
  return [{ message, at: ["host", "reserved", "memory"], value: memory }];
};

const unknownGovernor = (device: DeclaredDevice, profile: HardwareProfile): Objection[] => {
  const governor = textOf(hostOf(device).governor);
  const { provisioned, governors } = hostFacts[profile.name];
  if (governor === undefined || !provisioned || governors.includes(governor as Governor)) return [];
  const message = `${device.key} wants the governor ${governor}, the clock driver of a ${profile.name} has ${governors.join(", ")}`;
  return [{ message, at: ["host", "governor"], value: governor }];
};

const withoutPowerModes = (device: DeclaredDevice, profile: HardwareProfile): Objection[] => {
  if (hostFacts[profile.name].powerModes) return [];
  const { power } = device.fields;
  const { clocks } = hostOf(device);
  return [
    ...(parseWatts(textOf(power) ?? "") === undefined
      ? []
      : [{ message: `${device.key} has a power limit, a ${profile.name} has no power modes`, at: ["power"] as const, value: power }]),
    ...(clocks === true
      ? [{ message: `${device.key} pins its clocks, which a ${profile.name} cannot`, at: ["host", "clocks"] as const, value: clocks }]
      : []),
  ];
};

const impossibleEeprom = (device: DeclaredDevice, profile: HardwareProfile): Objection[] => {
  const { eeprom } = hostOf(device);
  const { boot } = hostFacts[profile.name];
  if (!isTable(eeprom)) return [];
  if (boot === "other")
    return [{ message: `${device.key} sets an EEPROM, which a ${profile.name} has not`, at: ["host", "eeprom"], value: "eeprom", of: "key" }];
  const media = textsOf(eeprom.boot);
  return [
    ...media.flatMap((medium, index) =>
      medium === "nvme" && boot === "pi-4"
        ? [
            {
              message: `${device.key} boots from NVMe, for which a ${profile.name} has no connector`,
              at: ["host", "eeprom", "boot", index] as const,
              value: medium,
            },
          ]
        : media.indexOf(medium) < index
          ? [{ message: `${device.key} boots from ${medium} twice in one round`, at: ["host", "eeprom", "boot", index] as const, value: medium }]
          : [],
    ),
    ...(eeprom.supply !== undefined && boot === "pi-4"
      ? [
          {
            message: `${device.key} states its supply, which a ${profile.name} does not ask`,
            at: ["host", "eeprom", "supply"] as const,
            value: eeprom.supply,
          },
        ]
      : []),
  ];
};

const impossibleMedium = ({ key, fields }: DeclaredDevice, profile: HardwareProfile): Objection[] => {
  const data = textOf(fields.data);
  const possible: readonly string[] = hostFacts[profile.name].dataMedia;
  if (data === undefined || possible.includes(data)) return [];
  const takes = possible.length === 0 ? "none" : possible.join(", ");
  return [{ message: `${key} has its data on ${data}, a ${profile.name} takes ${takes}`, at: ["data"], value: data }];
};

const malformedTaints = (device: DeclaredDevice): Objection[] =>
  textsOf(hostOf(device).taints).flatMap((text, index) =>
    parseTaint(text) === undefined
      ? [{ message: `${device.key} has the taint ${text}, which is not key=value:Effect`, at: ["host", "taints", index] as const, value: text }]
      : [],
  );

const labelsOf = ({ fields }: DeclaredDevice): string[] => Object.keys(tableOf(fields.labels));

const refusedLabels = (device: DeclaredDevice): Objection[] =>
  labelsOf(device).flatMap((key) => {
    const reason = isDerivedLabel(key)
      ? "render sets it"
      : isNode(device) && isRefusedByKubelet(key)
        ? "a kubelet with it does not start"
        : undefined;
    return reason === undefined
      ? []
      : [{ message: `${device.key} has the label ${key}: ${reason}`, at: ["labels", key] as const, value: key, of: "key" as const }];
  });

const malformedLabels = (device: DeclaredDevice): Objection[] =>
  labelsOf(device)
    .filter((key) => !isLabelKey(key))
    .map((key) => ({ message: `${device.key} has the label ${key}, which is no label name`, at: ["labels", key], value: key, of: "key" }));

const swapOnFragile = (device: DeclaredDevice, profile: HardwareProfile): Objection[] => {
  const bytes = parseBytes(textOf(hostOf(device).swap) ?? "") ?? 0;
  const data = textOf(device.fields.data);
  const { dataMedia } = hostFacts[profile.name];
  const medium = dataMedia.find((one) => one === data) ?? (profile.kind === "known" ? profile.storage.medium : undefined);
  if (bytes === 0 || medium === undefined || !isFragile(medium)) return [];
  const message = `${device.key} swaps ${describeBytes(bytes)} to ${medium}, which that wears out`;
  return [{ message, at: ["host", "swap"], value: hostOf(device).swap }];
};

const keptAndDisabled = (device: DeclaredDevice): Objection[] => {
  const { keep, disable } = tableOf(hostOf(device).k3s);
  const kept = textsOf(keep);
  return textsOf(disable).flatMap((name, index) =>
    kept.includes(name)
      ? [{ message: `${device.key} keeps ${name} and disables it`, at: ["host", "k3s", "disable", index] as const, value: name }]
      : [],
  );
};

const badSysctl = (device: DeclaredDevice): Objection[] =>
  Object.entries(tableOf(hostOf(device).sysctl)).flatMap(([name, value]) => {
    if (typeof value !== "string" && typeof value !== "number") return [];
    const objection = sysctlObjection(name, String(value), isNode(device));
    return objection === undefined ? [] : [{ message: `${device.key}: ${objection}`, at: ["host", "sysctl", name] as const, value }];
  });

const nodeOptions = ["taints", "kubelet", "k3s"] as const;

const withoutKubernetes = (device: DeclaredDevice): Objection[] =>
  isNode(device)
    ? []
    : nodeOptions
        .filter((key) => Object.hasOwn(hostOf(device), key))
        .map((key) => ({ message: `${device.key} states ${key} and is no node of a cluster`, at: ["host", key], value: key, of: "key" }));

const notProvisioned = ({ key, fields }: DeclaredDevice, profile: HardwareProfile): Objection[] =>
  isTable(fields.host) && !hostFacts[profile.name].provisioned
    ? [{ message: `${key} states how it is set up, and a ${profile.name} is not set up by us`, at: ["host"], value: key, of: "key" }]
    : [];

/** What can be wrong with how one machine is set up. */
export const hostRules: readonly FleetRule[] = [
  about("FL1100", mpsOnTegra),
  about("FL1101", gpuAbsent),
  about("FL1102", thinShares, "warning"),
  about("FL1103", beyondBoard),
  about("FL1104", belowK3s),
  about("FL1105", unknownGovernor),
  about("FL1106", withoutPowerModes),
  about("FL1107", impossibleMedium),
  about("FL1108", malformedTaints),
  about("FL1109", refusedLabels),
  about("FL1110", malformedLabels),
  about("FL1112", swapOnFragile),
  about("FL1113", keptAndDisabled),
  about("FL1115", badSysctl),
  about("FL1116", withoutKubernetes),
  about("FL1117", notProvisioned),
  about("FL1119", impossibleEeprom),
];
