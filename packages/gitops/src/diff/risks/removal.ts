import { fluxSays } from "../api-server/immutable.ts";
import { at, textOf } from "../lookup.ts";
import { isLost, metadataOf, ofKind } from "../match.ts";
import { configUses } from "../pod-owner.ts";
import { type ClusterChange, clusterPlace, placeOf, type Risk, type RiskRule, risk } from "./risk.ts";

const containers = ["Namespace", "CustomResourceDefinition"];

/** A namespace takes everything in it with it, a definition every object of its kind, also what the tree does not know of. */
export const containerRemoved: RiskRule = (change) =>
  ofKind(change.pairs, ...containers)
    .filter((pair) => isLost(pair) || pair.change === "recreated")
    .map((pair) => {
      const what = pair.kind === "Namespace" ? "everything in that namespace" : "every object of its kind";
      return risk(change, "FL5006", "error", `${pair.name} is removed, and ${what} with it`, placeOf(change, pair.before));
    });

/** The folder of a cluster goes. Flux then finds nothing to apply, which it reports and which prunes nothing. */
export const clusterRemoved: RiskRule = (change) => {
  if (change.old === undefined || change.now !== undefined) return [];
  const objects = change.old.folders.reduce((sum, { objects: some }) => sum + some.length, 0);
  const message = `the tree of cluster ${change.cluster} with ${objects} objects is removed; what runs there keeps running and gets no more updates`;
  return [risk(change, "FL5007", "error", message, clusterPlace(change))];
};

/** An encrypted input that is no longer there. Its text is not looked into but for the object's name, which is not encrypted. */
export const secretRemoved: RiskRule = (change) =>
  [...change.oldSecrets]
    .filter(([path]) => !change.newSecrets.has(path))
    .map(([path, text]) => {
      const users = usersOf(change, text);
      if (users.length === 0) return risk(change, "FL5009", "warning", `${path} is removed; nothing in the tree names its secret`, { file: path });
      return risk(change, "FL5009", "error", `${path} is removed, and ${users.join(", ")} still ${users.length === 1 ? "uses" : "use"} its secret`, {
        file: path,
      });
    });

/** An encrypted input that differs: whoever has it as variables keeps the old values. What differs is not known, and is not to be. */
export const secretChanged: RiskRule = (change) => {
  const restarted = new Set(change.restarts.map(({ name }) => name));
  return [...change.newSecrets]
    .filter(([path, text]) => change.oldSecrets.has(path) && change.oldSecrets.get(path) !== text)
    .flatMap(([path, text]) => {
      const users = usersOf(change, text).filter((name) => !restarted.has(name));
      if (users.length === 0) return [];
      const message = `${path} changes, and the running pods of ${users.join(", ")} do not restart for it`;
      return [risk(change, "FL5015", "warning", message, { file: path })];
    });
};

const usersOf = ({ pairs }: ClusterChange, text: string): string[] => {
  const [, name] = /^metadata:\n(?:[ ]+.*\n)*?[ ]+name: *"?([a-z0-9.-]+)"?[ ]*$/m.exec(text) ?? [];
  if (name === undefined) return [];
  return pairs
    .filter(({ after }) => after !== undefined && configUses(after.object).some((use) => use.kind === "Secret" && use.name === name))
    .map((pair) => pair.name);
};

const precious = new Set(["PersistentVolumeClaim", "PersistentVolume", "Namespace", "CustomResourceDefinition", "StatefulSet"]);

/** Objects that another Kustomization applies from now on: the former prunes them unless the new one was there first. One risk for each move. */
export const ownerChanged: RiskRule = (change) => {
  const moves = new Map<string, { readonly names: string[]; severe: boolean; readonly renamed: boolean }>();
  const gone = new Set(
    ofKind(change.pairs, "Kustomization")
      .filter(isLost)
      .map((pair) => metadataOf(pair).name),
  );
  for (const { before, after, name, kind } of change.pairs) {
    const [from, to] = [before?.owner, after?.owner];
    if (from === undefined || to === undefined || from.name === to.name || !from.prune || before === undefined) continue;
    if (fluxSays(before.object, "prune") === "disabled") continue;
    const key = `${from.name} ${to.name}`;
    const move = moves.get(key) ?? { names: [], severe: false, renamed: gone.has(from.name) };
    move.names.push(name);
    move.severe ||= precious.has(kind);
    moves.set(key, move);
  }
  return [...moves].map(([key, { names, severe, renamed }]): Risk => {
    const [from, to] = key.split(" ");
    const what = renamed
      ? `Kustomization ${from} goes and prunes them, ${to} creates them anew`
      : `from Kustomization ${from} to ${to}; ${from} prunes them if it is first`;
    const place = { file: `clusters/${change.cluster}/flux-system/kustomization-${to}.yaml` };
    return risk(change, "FL5011", severe ? "error" : "warning", `${few(names)} ${names.length === 1 ? "moves" : "move"}: ${what}`, place);
  });
};

const NAMES_MAX = 3;
const few = (names: readonly string[]): string =>
  names.length <= NAMES_MAX ? names.join(", ") : `${names.slice(0, NAMES_MAX).join(", ")} and ${names.length - NAMES_MAX} more`;

/** An object that Flux left alone so far, or a Kustomization that pruned nothing so far. */
export const protectionLost: RiskRule = (change) =>
  change.pairs.flatMap((pair): Risk[] => {
    const { before, after, name, kind } = pair;
    if (before === undefined || after === undefined) return [];
    const place = placeOf(change, after);
    if (fluxSays(before.object, "prune") === "disabled" && fluxSays(after.object, "prune") !== "disabled") {
      return [risk(change, "FL5012", "warning", `${name} loses prune: disabled; the next change that drops it deletes it`, place)];
    }
    const prunes = (object: unknown): boolean => at(object, "spec", "prune") === true;
    const flux = kind === "Kustomization" && textOf(after.object.apiVersion)?.startsWith("kustomize.toolkit.fluxcd.io/") === true;
    if (!flux || prunes(before.object) || !prunes(after.object)) return [];
    return [risk(change, "FL5012", "warning", `${name} prunes from now on: what it applied earlier and the tree no longer has is deleted`, place)];
  });
