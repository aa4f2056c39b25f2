import type { KubernetesObject } from "@fogline/manifests";
import { equal, fieldsOf } from "./lookup.ts";
import { comesAbout, type Pair } from "./match.ts";
import { deviceOfHostFile, type HostFiles, mayRun, type Node } from "./nodes.ts";
import { configUses, podSpecOf } from "./pod-owner.ts";
import { podsOf } from "./predict.ts";

/** Why something changes on a device. */
export type Reason = "pods" | "network" | "configuration" | "host" | "joins" | "leaves";

export interface TouchedDevice {
  readonly device: string;
  readonly deviceClass: string;
  readonly reasons: readonly Reason[];
  /** True when it is one of several of which the scheduler chooses fewer. */
  readonly maybe: boolean;
}

/** The devices on which something may change, and how many of them at most. */
export interface Touched {
  readonly devices: readonly TouchedDevice[];
  readonly count: number;
}

/** Kinds that every node of a cluster acts on: kube-proxy and the network plugin run on all of them. */
const everywhere = new Set(["Service", "NetworkPolicy", "RuntimeClass"]);

/**
 * Devices on which the pairs of a cluster and the devices with changed host files change something. Flux objects, roles and accounts touch none: they live in
 * the control plane.
 */
export const touchedDevices = (
  pairs: readonly Pair[],
  nodes: { readonly old: readonly Node[]; readonly now: readonly Node[] },
  changedHosts: ReadonlySet<string>,
): Touched => {
  const book = new Map<string, { node: Node; reasons: Set<Reason>; certain: boolean }>();
  let uncertainPods = 0;
  const touch = (node: Node, reason: Reason, certain: boolean): void => {
    const entry = book.get(node.name) ?? { node, reasons: new Set<Reason>(), certain: false };
    entry.reasons.add(reason);
    entry.certain ||= certain;
    book.set(node.name, entry);
  };
  for (const pair of pairs.filter(comesAbout)) {
    for (const { object, reason } of reached(pair, pairs)) {
      const spec = podSpecOf(object);
      const possible = [...nodes.now, ...nodes.old.filter(({ name }) => !nodes.now.some((one) => one.name === name))];
      const candidates = spec === undefined ? possible : possible.filter((node) => mayRun(spec, node));
      const pods = spec === undefined ? candidates.length : podsOf(object, possible);
      if (pods === 0) continue;
      const certain = pods >= candidates.length;
      if (!certain) uncertainPods += pods;
      for (const node of candidates) touch(node, reason, certain);
    }
  }
  for (const node of nodes.now) if (!nodes.old.some(({ name }) => name === node.name)) touch(node, "joins", true);
  for (const node of nodes.old) if (!nodes.now.some(({ name }) => name === node.name)) touch(node, "leaves", true);
  for (const node of nodes.now) if (changedHosts.has(node.name)) touch(node, "host", true);
  const devices = [...book.values()]
    .map(({ node, reasons, certain }) => ({ device: node.name, deviceClass: node.deviceClass, reasons: [...reasons].toSorted(), maybe: !certain }))
    .toSorted((a, b) => (a.device < b.device ? -1 : 1));
  const certain = devices.filter(({ maybe }) => !maybe).length;
  return { devices, count: Math.min(devices.length, certain + uncertainPods) };
};

/** The objects on whose devices a change is felt, with why. */
const reached = (pair: Pair, pairs: readonly Pair[]): readonly { readonly object: KubernetesObject; readonly reason: Reason }[] => {
  const objects = [pair.before, pair.after].flatMap((side) => (side === undefined ? [] : [side.object]));
  const [first] = objects;
  if (first === undefined) return [];
  if (objects.some((object) => podSpecOf(object) !== undefined)) {
    const podFields = pair.fields.length === 0 || pair.fields.some(({ path }) => path.startsWith("spec."));
    const last = objects.slice(-1);
    // Where it ran matters as well when it may not run there any more.
    const sides = objects.length === 2 && !equal(...(objects.map(whereOf) as [unknown, unknown])) ? objects : last;
    return podFields ? sides.map((object) => ({ object, reason: "pods" as const })) : [];
  }
  if (everywhere.has(pair.kind)) {
    const matters = pair.fields.length === 0 || pair.fields.some(({ path }) => !path.startsWith("metadata."));
    return matters ? [{ object: first, reason: "network" }] : [];
  }
  if (pair.kind !== "ConfigMap" && pair.kind !== "Secret") return [];
  const { name } = first.metadata;
  return pairs.flatMap(({ after }) =>
    after !== undefined &&
    fieldsOf(after.object.metadata).namespace === first.metadata.namespace &&
    configUses(after.object).some((use) => use.kind === pair.kind && use.name === name)
      ? [{ object: after.object, reason: "configuration" as const }]
      : [],
  );
};

/** The fields that say where pods may run. */
const whereOf = (object: KubernetesObject): unknown => {
  const { nodeSelector, affinity, tolerations, nodeName } = podSpecOf(object) ?? {};
  return [nodeSelector, affinity, tolerations, nodeName];
};

/** Devices with a host file that comes, goes or differs. */
export const changedHostDevices = (old: HostFiles, now: HostFiles): ReadonlySet<string> =>
  new Set(
    [...new Set([...old.keys(), ...now.keys()])].filter((path) => old.get(path) !== now.get(path)).flatMap((path) => deviceOfHostFile(path) ?? []),
  );
