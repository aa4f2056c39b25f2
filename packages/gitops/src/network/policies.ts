import type { KubernetesObject } from "@fogline/manifests";
import { canonical } from "../diff/api-server/canonical.ts";
import { at, type Fields, fieldsOf, listOf } from "../diff/lookup.ts";
import type { DeclaredPort } from "../diff/pod-owner.ts";
import { selects } from "./label-selector.ts";

/** Which way the traffic of a pod goes. */
export type Direction = "Ingress" | "Egress";

/** What policies know a pod by. */
export interface Selectable {
  readonly namespace: string;
  readonly labels: Fields;
}

/** Where an object is that names no namespace. */
export const namespaceOf = ({ metadata }: KubernetesObject): string => metadata.namespace ?? "default";

/** The policies that select a pod for a direction, with the server's defaults. Where there is none, everything passes; else what a rule of one allows. */
export const policiesFor = (policies: readonly KubernetesObject[], { namespace, labels }: Selectable, direction: Direction): readonly Fields[] =>
  policies
    .filter((policy) => policy.kind === "NetworkPolicy" && namespaceOf(policy) === namespace)
    .map(canonical)
    .filter(
      (policy) => selects(fieldsOf(at(policy, "spec", "podSelector")), labels) && listOf(at(policy, "spec", "policyTypes")).includes(direction),
    );

/** The rules of a policy for a direction. */
export const rulesOf = (policy: Fields, direction: Direction): readonly Fields[] =>
  listOf(at(policy, "spec", direction === "Ingress" ? "ingress" : "egress")).map(fieldsOf);

/** Whether a rule is about a port, by its number, a range with it, or its name; one that names no port is about all. */
export const namesPort = ({ ports }: Fields, port: DeclaredPort): boolean => {
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
