import type { KubernetesObject } from "@fogline/manifests";
import { namesPort, namespaceOf, policiesFor, rulesOf } from "../../network/policies.ts";
import type { ClusterTree } from "../../tree/tree.ts";
import { at, type Fields, fieldsOf } from "../lookup.ts";
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
  return policiesFor(policies, { namespace: namespaceOf(workload), labels }, "Ingress");
};

/** Whether any traffic at all reaches a port: no policy selects the pods, or a rule of one names the port or no port. */
const admits = (policies: readonly KubernetesObject[], workload: KubernetesObject, port: DeclaredPort): boolean => {
  const applied = selecting(policies, workload);
  return applied.length === 0 || applied.some((policy) => rulesOf(policy, "Ingress").some((rule) => namesPort(rule, port)));
};

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
