import { describeBytes } from "@fogline/units";
import { expandsVolumes, requestedStorage } from "../api-server/immutable.ts";
import { at, textOf } from "../lookup.ts";
import { isLost, ofKind, type Pair } from "../match.ts";
import { claimsOf, restartingKinds } from "../pod-owner.ts";
import { placeOf, type Risk, type RiskRule, risk } from "./risk.ts";

const folderOf = (file: string): string => file.slice(0, file.lastIndexOf("/"));

/** A removed volume; a new one beside it in the same folder is what it was renamed to. */
export const volumeRemoved: RiskRule = (change) =>
  ofKind(change.pairs, "PersistentVolumeClaim", "PersistentVolume")
    .filter((pair) => isLost(pair) || pair.change === "recreated")
    .map((pair) => {
      const place = placeOf(change, pair.before);
      if (pair.change === "recreated")
        return risk(change, "FL5001", "error", `${pair.name} is deleted and created anew: its data goes with it`, place);
      const renamed = change.pairs.find(
        (one) =>
          one.kind === pair.kind &&
          one.before === undefined &&
          one.after !== undefined &&
          folderOf(one.after.file) === folderOf(pair.before?.file ?? ""),
      );
      const what = renamed === undefined ? "is removed" : `becomes ${renamed.name}, which is another volume`;
      return risk(
        change,
        "FL5001",
        "error",
        `${pair.name} ${what}; the data of ${sizeOf(pair)} goes with it where the class reclaims by deleting`,
        place,
      );
    });

const sizeOf = ({ before }: Pair): string => {
  const bytes = before === undefined ? undefined : requestedStorage(before.object);
  return bytes === undefined ? "unknown size" : describeBytes(Math.ceil(bytes));
};

/** A claim that shrinks is refused; one that grows is, unless its class can. */
export const volumeResized: RiskRule = (change) =>
  ofKind(change.pairs, "PersistentVolumeClaim").flatMap(({ before, after, name }): Risk[] => {
    if (before === undefined || after === undefined) return [];
    const [old, now] = [requestedStorage(before.object), requestedStorage(after.object)];
    if (old === undefined || now === undefined || old === now) return [];
    const sizes = `from ${describeBytes(Math.ceil(old))} to ${describeBytes(Math.ceil(now))}`;
    const place = placeOf(change, after);
    if (now < old) return [risk(change, "FL5002", "error", `${name} shrinks ${sizes}, which Kubernetes refuses`, place)];
    const className = textOf(at(after.object, "spec", "storageClassName"));
    const expands = expandsVolumes(
      after.object,
      change.pairs.flatMap((pair) => pair.after?.object ?? []),
    );
    if (expands === true) return [];
    const why = className === undefined ? "the default class" : `class ${className}`;
    const [severity, but] =
      expands === false
        ? (["error", "does not expand volumes"] as const)
        : (["warning", "is not in the tree; local-path of K3s does not expand volumes"] as const);
    return [risk(change, "FL5002", severity, `${name} grows ${sizes}, and ${why} ${but}`, place)];
  });

/** A workload that mounts another claim at a volume than before, or none any more, starts without its data. */
export const volumeExchanged: RiskRule = (change) =>
  ofKind(change.pairs, ...restartingKinds).flatMap(({ before, after, name }) => {
    if (before === undefined || after === undefined) return [];
    const now = claimsOf(after.object);
    const kept = new Set(now.values());
    return [...claimsOf(before.object)]
      .filter(([, claim]) => !kept.has(claim))
      .map(([volume, claim]) => {
        const other = now.get(volume);
        const what = other === undefined ? "no longer mounts" : `mounts claim ${other} instead of`;
        return risk(
          change,
          "FL5018",
          "error",
          `${name} ${what}${other === undefined ? " claim" : ""} ${claim} at volume ${volume}`,
          placeOf(change, after),
        );
      });
  });
