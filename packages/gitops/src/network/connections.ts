import type { KubernetesObject } from "@fogline/manifests";
import { at, type Fields, fieldsOf, listOf, textOf } from "../diff/lookup.ts";
import { type DeclaredPort, declaredPorts, podSpecOf, templateOf } from "../diff/pod-owner.ts";
import { inRange } from "./address-range.ts";
import { selects } from "./label-selector.ts";
import { type Direction, namesPort, namespaceOf, policiesFor, rulesOf, type Selectable } from "./policies.ts";

/** What policies know of the pods of one workload. */
export interface WorkloadPods extends Selectable {
  /** Of the workload. */
  readonly name: string;
  readonly namespaceLabels: Fields;
  readonly ports: readonly DeclaredPort[];
}

/** One pod. */
export interface PodEnd extends WorkloadPods {
  readonly address: string;
  /** The address of the node that it runs on. */
  readonly nodeAddress: string;
}

/** What is no pod: a node, and whatever is outside of the cluster. */
export interface AddressEnd {
  readonly address: string;
}

/** One side of a connection. */
export type End = PodEnd | AddressEnd;

const isPod = (end: End): end is PodEnd => "namespaceLabels" in end;

/**
 * The pods that objects make, by workload; their namespaces' labels come from the Namespaces among the objects. Pods in the network of their node
 * are the node to everybody else: no policy applies to them, and they are left out.
 */
export const podsIn = (objects: readonly KubernetesObject[]): readonly WorkloadPods[] => {
  const labelsOf = new Map(
    objects.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => [metadata.name, fieldsOf(at(metadata, "labels"))]),
  );
  return objects
    .filter((object) => templateOf(object) !== undefined && podSpecOf(object)?.hostNetwork !== true)
    .map((object) => {
      const namespace = namespaceOf(object);
      return {
        ...{ name: object.metadata.name, namespace, ports: declaredPorts(object) },
        labels: fieldsOf(at(templateOf(object), "metadata", "labels")),
        namespaceLabels: { ...labelsOf.get(namespace), "kubernetes.io/metadata.name": namespace },
      };
    });
};

/**
 * Whether NetworkPolicies let `from` open a connection to a port of `to`, as networking.k8s.io/v1 says: where policies select the source for egress
 * one of their rules must allow it, and where policies select the target for ingress one of theirs must, too. Between a pod and itself or its own node
 * everything passes (https://kubernetes.io/docs/concepts/services-networking/network-policies/).
 *
 * `to` is what is reached in the end: a pod, not the Service before it. A block of addresses takes pods as well, as most network plugins see it,
 * although the API promises that for nothing inside the cluster.
 */
export const connects = (policies: readonly KubernetesObject[], from: End, to: End, port: Pick<DeclaredPort, "number" | "protocol">): boolean => {
  if (from.address === to.address || runsOn(from, to) || runsOn(to, from)) return true;
  const declared = isPod(to) ? to.ports.filter(({ number, protocol }) => number === port.number && protocol === port.protocol) : [];
  const ports = declared.length === 0 ? [port] : declared;
  return passes(policies, "Egress", from, to, ports) && passes(policies, "Ingress", to, from, ports);
};

const runsOn = (pod: End, node: End): boolean => isPod(pod) && pod.nodeAddress === node.address;

/** `ports` is one port, as often as it has names. */
const passes = (policies: readonly KubernetesObject[], direction: Direction, end: End, peer: End, ports: readonly DeclaredPort[]): boolean => {
  if (!isPod(end)) return true;
  const applied = policiesFor(policies, end, direction);
  const allowed = (rule: Fields): boolean => takes(rule, direction, end.namespace, peer) && ports.some((port) => namesPort(rule, port));
  return applied.length === 0 || applied.some((policy) => rulesOf(policy, direction).some(allowed));
};

/** Whether a rule is about a peer; one that names none is about all. */
const takes = (rule: Fields, direction: Direction, namespace: string, peer: End): boolean => {
  const peers = listOf(direction === "Ingress" ? rule.from : rule.to).map(fieldsOf);
  return peers.length === 0 || peers.some((one) => isAbout(one, namespace, peer));
};

const isAbout = ({ ipBlock, namespaceSelector, podSelector }: Fields, namespace: string, peer: End): boolean => {
  if (ipBlock !== undefined) {
    const { cidr, except } = fieldsOf(ipBlock);
    return inRange(peer.address, textOf(cidr) ?? "") && !listOf(except).some((range) => inRange(peer.address, String(range)));
  }
  if (!isPod(peer) || (namespaceSelector === undefined && podSelector === undefined)) return false;
  const here = namespaceSelector === undefined ? peer.namespace === namespace : selects(fieldsOf(namespaceSelector), peer.namespaceLabels);
  return here && selects(fieldsOf(podSelector), peer.labels);
};
