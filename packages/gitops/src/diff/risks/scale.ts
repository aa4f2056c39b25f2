import { selects } from "../../network/label-selector.ts";
import { at, equal, fieldsOf, textOf } from "../lookup.ts";
import { ofKind, type Pair, specOf } from "../match.ts";
import { templateOf, configUses as usesOf } from "../pod-owner.ts";
import { autoscalerOf, podsOf } from "../predict.ts";
import { type ClusterChange, placeOf, type Risk, type RiskRule, risk } from "./risk.ts";

const replicasOf = (pair: Pair, side: "before" | "after"): number | undefined => {
  const { replicas } = specOf(pair[side]);
  return typeof replicas === "number" ? replicas : undefined;
};

const scalable = ["Deployment", "StatefulSet"];

/** Who states a number that an autoscaler owns scales back and forth with it; who stops stating it may drop to one pod for a while. */
export const replicasUnderAutoscaler: RiskRule = (change) =>
  ofKind(change.pairs, ...scalable).flatMap((pair): Risk[] => {
    const autoscaler = autoscalerOf(change.pairs, pair);
    const { before, after } = pair;
    if (autoscaler === undefined || after === undefined || before === undefined) return [];
    const [old, now] = [replicasOf(pair, "before"), replicasOf(pair, "after")];
    if (old === now) return [];
    const scaler = `${autoscaler.kind} ${autoscaler.metadata.name}`;
    const what =
      now === undefined
        ? `no longer states replicas (${old} before), so it may run 1 pod until ${scaler} scales it`
        : `states ${now} replicas${old === undefined ? "" : ` (${old} before)`}, which ${scaler} scales: Flux sets it back every time`;
    return [risk(change, "FL5005", "warning", `${pair.name} ${what}`, placeOf(change, after))];
  });

/** A budget under which no pod may go, where it was not so before. Rollouts do not ask budgets; drains do. */
export const budgetBlocks: RiskRule = (change) =>
  ofKind(change.pairs, "PodDisruptionBudget").flatMap((budget) =>
    ofKind(change.pairs, ...scalable).flatMap((workload): Risk[] => {
      const [old, now] = [blockedPods(change, budget, workload, "before"), blockedPods(change, budget, workload, "after")];
      if (now === undefined || old !== undefined) return [];
      const message = `${budget.name} lets none of the ${now} ${now === 1 ? "pod" : "pods"} of ${workload.name} go: its devices cannot be drained`;
      return [risk(change, "FL5008", "warning", message, placeOf(change, budget.after))];
    }),
  );

/** The pods of a workload on one side, when its budget lets none of them go. */
const blockedPods = (change: ClusterChange, budget: Pair, workload: Pair, side: "before" | "after"): number | undefined => {
  const [policy, owner] = [budget[side], workload[side]];
  if (policy === undefined || owner === undefined || policy.object.metadata.namespace !== owner.object.metadata.namespace) return undefined;
  const { selector, minAvailable, maxUnavailable } = specOf(policy);
  const labels = fieldsOf(at(templateOf(owner.object), "metadata", "labels"));
  if (!selects(fieldsOf(selector), labels)) return undefined;
  const pods = podsOf(owner.object, change.nodes.now, autoscalerOf(change.pairs, workload));
  if (pods === 0) return undefined;
  const mayGo = maxUnavailable === undefined ? pods - amountOf(minAvailable ?? 1, pods) : amountOf(maxUnavailable, pods);
  return mayGo <= 0 ? pods : undefined;
};

/** A count, or a percentage of the pods rounded up as Kubernetes does. */
const amountOf = (value: unknown, pods: number): number => {
  if (typeof value === "number") return value;
  const percent = /^(\d+)%$/.exec(textOf(value) ?? "");
  return percent === null ? 0 : Math.ceil((Number(percent[1]) / 100) * pods);
};

const configKinds = ["ConfigMap", "Secret"];

/** Configuration that changes while the pods that use it do not restart. */
export const configKept: RiskRule = (change) =>
  ofKind(change.pairs, ...configKinds)
    .filter((pair) => pair.change === "changed" || pair.change === "recreated")
    .flatMap((config) => keptBy(change, config));

const keptBy = (change: ClusterChange, config: Pair): Risk[] => {
  const restarted = new Set(change.restarts.map(({ id }) => id));
  const { name, namespace } = config.after?.object.metadata ?? { name: "" };
  return change.pairs.flatMap((pair): Risk[] => {
    const { before, after } = pair;
    if (before === undefined || after === undefined || restarted.has(pair.id) || after.object.metadata.namespace !== namespace) return [];
    const uses = usesOf(after.object).filter((use) => use.kind === config.kind && use.name === name);
    if (uses.length === 0 || !equal(usesOf(before.object), usesOf(after.object))) return [];
    const variables = uses.some((use) => use.as === "variables");
    const what = variables
      ? "as environment variables: its running pods keep the old values until they restart"
      : "as files: its running pods see them after about a minute, and must read them again by themselves";
    return [risk(change, "FL5015", "warning", `${config.name} changes, and ${pair.name} has it ${what}`, placeOf(change, config.after))];
  });
};
