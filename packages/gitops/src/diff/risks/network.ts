import type { KubernetesObject } from "@fogline/manifests";
import type { ClusterTree } from "../../tree/tree.ts";
import { canonical } from "../api-server/canonical.ts";
import { at, type Fields, fieldsOf, listOf, textOf } from "../lookup.ts";
import { isChange, ofKind, type Pair } from "../match.ts";
import { type DeclaredPort, declaredPorts, templateOf } from "../pod-owner.ts";
import { type ClusterChange, placeOf, type RiskRule, risk } from "./risk.ts";

/** Ports that a workload declares before and after, and that some traffic reached before and none does any more. */
export const portClosed: RiskRule = (change) => {
  const [old, now] = [policiesOf(change.old), policiesOf(change.now)];
  return change.pairs.flatMap((pair) => {
    const { before, after } = pair;
    if (after === undefined || templateOf(after.object) === undefined) return [];
    // For a workload that is new, what counts is whether anything reaches it; a policy that is as old as it is nothing that closes.
    if (before === undefined) return [];
    const closed = declaredPorts(after.object).filter(
      (port) => !admits(now, after.object, port) && declaredPorts(before.object).some((one) => same(one, port)) && admits(old, before.object, port),
    );
    return closed.map((port) => {
      const cause = closing(change, after.object);
      const words = `port ${port.number}${port.protocol === "TCP" ? "" : `/${port.protocol}`}`;
      const message = `${cause.name} closes ${words} that ${pair.name} declares`;
      return risk(change, "FL5004", "error", message, placeOf(change, cause.after ?? cause.before ?? after));
    });
  });
};

const same = (a: DeclaredPort, b: DeclaredPort): boolean => a.number === b.number && a.protocol === b.protocol;

const policiesOf = (tree: ClusterTree | undefined): readonly KubernetesObject[] =>
  (tree?.folders ?? []).flatMap(({ objects }) => objects.map(({ object }) => object)).filter(({ kind }) => kind === "NetworkPolicy");

const selecting = (policies: readonly KubernetesObject[], workload: KubernetesObject): readonly Fields[] => {
  const labels = fieldsOf(at(templateOf(workload), "metadata", "labels"));
  return policies
    .filter(({ metadata }) => metadata.namespace === workload.metadata.namespace)
    .map(canonical)
    .filter(
      (policy) => selects(fieldsOf(at(policy, "spec", "podSelector")), labels) && listOf(at(policy, "spec", "policyTypes")).includes("Ingress"),
    );
};

/** Whether any traffic at all reaches a port: no policy selects the pods, or a rule of one names the port or no port. */
const admits = (policies: readonly KubernetesObject[], workload: KubernetesObject, port: DeclaredPort): boolean => {
  const applied = selecting(policies, workload);
  return applied.length === 0 || applied.some((policy) => listOf(at(policy, "spec", "ingress")).some((rule) => ruleNames(fieldsOf(rule), port)));
};

const ruleNames = ({ ports }: Fields, port: DeclaredPort): boolean => {
  const named = listOf(ports).map(fieldsOf);
  if (named.length === 0) return true;
  return named.some((one) => {
    if ((one.protocol ?? "TCP") !== port.protocol) return false;
    if (one.port === undefined) return true;
    if (typeof one.port === "string") return one.port === port.name;
    const end = typeof one.endPort === "number" ? one.endPort : one.port;
    return typeof one.port === "number" && typeof end === "number" && port.number >= one.port && port.number <= end;
  });
};

/** Whether a label selector takes labels. */
export const selects = ({ matchLabels, matchExpressions }: Fields, labels: Fields): boolean =>
  Object.entries(fieldsOf(matchLabels)).every(([key, value]) => labels[key] === value) &&
  listOf(matchExpressions).every((expression) => {
    const { key, operator, values } = fieldsOf(expression);
    const label = textOf(labels[textOf(key) ?? ""]);
    const wanted = listOf(values).map(String);
    if (operator === "In") return label !== undefined && wanted.includes(label);
    if (operator === "NotIn") return label === undefined || !wanted.includes(label);
    if (operator === "Exists") return label !== undefined;
    return operator === "DoesNotExist" && label === undefined;
  });

/** The policy whose change is the cause: one that selects the pods; else any that changed; else the workload's own change. */
const closing = ({ pairs }: ClusterChange, workload: KubernetesObject): Pair => {
  const changed = ofKind(pairs, "NetworkPolicy").filter(isChange);
  const chosen = changed.find(({ before, after }) =>
    [before, after].some((side) => side !== undefined && selecting([side.object], workload).length > 0),
  );
  const own = pairs.find(({ after }) => after?.object === workload);
  const cause = chosen ?? own;
  if (cause === undefined) throw new Error(`${workload.kind} ${workload.metadata.name} is in no pair`);
  return cause;
};
