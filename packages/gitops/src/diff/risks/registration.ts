import type { Device } from "@fogline/fleet";
import { clusterOf, deviceOf, nodeDevicesOf } from "../fleet-index.ts";
import { registrationOf } from "../nodes.ts";
import { type ClusterChange, type Risk, type RiskRule, risk } from "./risk.ts";

/** What K3s takes from its configuration when a node registers for the first time, and never again. */
export const registrationChanged: RiskRule = (change) => {
  const { cluster, oldFleet, newFleet } = change;
  if (oldFleet === undefined || clusterOf(newFleet, cluster)?.local === true) return [];
  return nodeDevicesOf(newFleet, cluster).flatMap((device): Risk[] => {
    const old = deviceOf(oldFleet, device.id);
    if (old === undefined || old.role === "alone" || old.cluster === undefined) return [];
    const what = changesOf(change, old, device);
    if (what.length === 0) return [];
    return [
      risk(
        change,
        "FL5010",
        "warning",
        `device ${device.id} changes ${what.join("; ")}; K3s takes that at its first registration only`,
        device.place,
      ),
    ];
  });
};

const changesOf = (change: ClusterChange, old: Device, now: Device): string[] => {
  const [before, after] = [registrationOf(change.oldHostFiles, now.id), registrationOf(change.newHostFiles, now.id)];
  const known = before !== undefined && after !== undefined;
  const [oldLabels, newLabels] = known ? [before.labels, after.labels] : [old.labels, now.labels];
  const taints = (list: readonly { key: string; value: string; effect: string }[]): string[] =>
    list.map(({ key, value, effect }) => `${key}${value === "" ? "" : `=${value}`}:${effect}`).toSorted();
  const [oldTaints, newTaints] = [taints(before?.taints ?? []).join(", "), taints(after?.taints ?? []).join(", ")];
  return [
    ...(old.cluster === now.cluster ? [] : [`its cluster from ${old.cluster} to ${now.cluster}`]),
    ...(old.role === now.role ? [] : [`its role from ${old.role} to ${now.role}`]),
    ...(known && before.name !== after.name ? [`its node name from ${before.name ?? now.id} to ${after.name ?? now.id}`] : []),
    ...labelChanges(oldLabels, newLabels),
    ...(known && oldTaints !== newTaints ? [`its taints from ${oldTaints || "none"} to ${newTaints || "none"}`] : []),
  ];
};

const labelChanges = (before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): string[] => {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return keys
    .filter((key) => before[key] !== after[key])
    .map((key) => `its label ${key} from ${before[key] ?? "nothing"} to ${after[key] ?? "nothing"}`);
};
