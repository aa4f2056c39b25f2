import type { Architecture, DeviceClass, Fleet } from "@fogline/fleet";
import { load } from "js-yaml";
import { nodeDevicesOf } from "./fleet-index.ts";
import { at, type Fields, fieldsOf, isFields, listOf, textOf } from "./lookup.ts";

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: string;
}

/** A device as the scheduler sees it. */
export interface Node {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** Absent while the device has not reported what it is. */
  readonly architecture?: Architecture;
  readonly deviceClass: DeviceClass | "detected";
}

/** Host files by path: `bootstrap/generated/<device>/...`. */
export type HostFiles = ReadonlyMap<string, string>;

const hostRoot = "bootstrap/generated/";

/** The device that a host file belongs to. */
export const deviceOfHostFile = (path: string): string | undefined =>
  path.startsWith(hostRoot) && path.includes("/", hostRoot.length) ? path.slice(hostRoot.length, path.indexOf("/", hostRoot.length)) : undefined;

const byDevice = new WeakMap<HostFiles, ReadonlyMap<string | undefined, readonly (readonly [string, string])[]>>();

const filesByDevice = (hostFiles: HostFiles): ReadonlyMap<string | undefined, readonly (readonly [string, string])[]> => {
  let grouped = byDevice.get(hostFiles);
  if (grouped === undefined) {
    grouped = Map.groupBy(hostFiles, ([path]) => deviceOfHostFile(path));
    byDevice.set(hostFiles, grouped);
  }
  return grouped;
};

/** What K3s applies only when a node registers for the first time. */
export interface Registration {
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly name?: string;
}

/** Labels, taints and name in the K3s configuration among a device's host files; `undefined` when there is none. */
export const registrationOf = (hostFiles: HostFiles, device: string): Registration | undefined => {
  const configs = (filesByDevice(hostFiles).get(device) ?? [])
    .filter(([path]) => path.endsWith(".yaml"))
    .map(([, text]) => configOf(text))
    .filter((config) => ["node-label", "node-taint", "node-name"].some((key) => Object.hasOwn(config, key)));
  if (configs.length === 0) return undefined;
  const texts = (key: string): string[] =>
    configs.flatMap((config) => (typeof config[key] === "string" ? [config[key]] : listOf(config[key]).map(String)));
  const labels = texts("node-label").map((text): [string, string] => [text.split("=")[0] ?? "", text.slice(text.indexOf("=") + 1)]);
  const [name] = texts("node-name");
  return {
    labels: Object.fromEntries(labels),
    taints: texts("node-taint").flatMap((text) => {
      const [, key = "", value = "", effect = ""] = /^([^=:]+)(?:=([^:]*))?:(\w+)$/.exec(text) ?? [];
      return key === "" ? [] : [{ key, value, effect }];
    }),
    ...(name === undefined ? {} : { name }),
  };
};

const configOf = (text: string): Fields => {
  try {
    return fieldsOf(load(text));
  } catch {
    return {};
  }
};

/** The nodes of a cluster: its devices less those that run the agent alone, with the labels that their host files or the fleet give them. */
export const nodesOf = (fleet: Fleet, cluster: string, hostFiles: HostFiles): readonly Node[] =>
  nodeDevicesOf(fleet, cluster).map(({ id, profile, labels }) => {
    const registration = registrationOf(hostFiles, id);
    const architecture = profile.kind === "known" ? profile.architecture : undefined;
    return {
      name: id,
      labels: {
        "kubernetes.io/hostname": id,
        "kubernetes.io/os": "linux",
        ...(architecture === undefined ? {} : { "kubernetes.io/arch": architecture }),
        ...labels,
        ...registration?.labels,
      },
      taints: registration?.taints ?? [],
      ...(architecture === undefined ? {} : { architecture }),
      deviceClass: profile.kind === "known" ? profile.deviceClass : "detected",
    };
  });

/** Whether the scheduler may put a pod there: node selector, required node affinity and taints. Free memory is not looked at. */
export const mayRun = (podSpec: Fields, node: Node): boolean => {
  const selected = Object.entries(fieldsOf(podSpec.nodeSelector)).every(([key, value]) => node.labels[key] === value);
  if (!selected || (typeof podSpec.nodeName === "string" && podSpec.nodeName !== node.name)) return false;
  const required = at(podSpec, "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms");
  if (Array.isArray(required) && !required.some((term) => fitsTerm(fieldsOf(term), node))) return false;
  const tolerations = listOf(podSpec.tolerations).map(fieldsOf);
  return node.taints.filter(({ effect }) => effect !== "PreferNoSchedule").every((taint) => tolerations.some((one) => tolerates(one, taint)));
};

const fitsTerm = ({ matchExpressions, matchFields }: Fields, node: Node): boolean => {
  const [expressions, fields] = [listOf(matchExpressions).filter(isFields), listOf(matchFields).filter(isFields)];
  if (expressions.length + fields.length === 0) return false;
  return (
    expressions.every((one) => fits(one, node.labels[textOf(one.key) ?? ""])) &&
    fields.every((one) => fits(one, one.key === "metadata.name" ? node.name : undefined))
  );
};

const fits = ({ operator, values }: Fields, label: string | undefined): boolean => {
  const wanted = listOf(values).map(String);
  switch (operator) {
    case "In":
      return label !== undefined && wanted.includes(label);
    case "NotIn":
      return label === undefined || !wanted.includes(label);
    case "Exists":
      return label !== undefined;
    case "DoesNotExist":
      return label === undefined;
    case "Gt":
      return label !== undefined && Number(label) > Number(wanted[0]);
    case "Lt":
      return label !== undefined && Number(label) < Number(wanted[0]);
    default:
      return false;
  }
};

const tolerates = ({ key, operator, value, effect }: Fields, taint: Taint): boolean => {
  if (effect !== undefined && effect !== taint.effect) return false;
  if (key === undefined || key === "") return operator === "Exists";
  return key === taint.key && (operator === "Exists" || (value ?? "") === taint.value);
};
