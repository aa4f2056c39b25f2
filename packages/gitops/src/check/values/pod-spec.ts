import { textIn } from "../../tree/loose.ts";
import { parseAddress } from "./addresses.ts";
import { type At, has, inside, itemsIn, listIn, number, type Problem, problem, repeated, text, texts } from "./at.ts";
import { containerProblems, securityProblems } from "./containers.ts";
import { dnsLabel, dnsName, type Format, optional } from "./formats.ts";
import { labelProblems } from "./metadata.ts";
import { schedulingProblems } from "./scheduling.ts";
import { volumesOf } from "./volumes.ts";

/** What the pods of a kind may do when a container ends, and what else their owner brings. */
export interface PodOwnerRules {
  readonly restart: readonly string[];
  /** Names of claims that are volumes of every pod. */
  readonly claims?: readonly string[];
  /** Whether a pod may end by itself after a time. */
  readonly ends?: boolean;
}

const isAddress: Format = (given) => (parseAddress(given) === undefined ? "is no address" : undefined);

const restartProblems = (pod: At, { restart, ends = false }: PodOwnerRules): Problem[] => {
  const policy = textIn(pod.value.restartPolicy) || "Always";
  return [
    ...(restart.includes(policy) ? [] : problem(pod, "restartPolicy", `is ${policy}, and only ${restart.join(" or ")} is taken here`)),
    ...(has(pod, "activeDeadlineSeconds") && !ends ? problem(pod, "activeDeadlineSeconds", "is not taken here") : []),
  ];
};

const networkProblems = (pod: At): Problem[] => {
  const ports = itemsIn(pod, "containers").flatMap((container) => itemsIn(container, "ports"));
  const hostPorts = ports.filter(({ value }) => typeof value.hostPort === "number" && value.hostPort !== 0);
  const dns = inside(pod, "dnsConfig");
  return [
    ...(pod.value.hostNetwork === true
      ? hostPorts.flatMap((port) =>
          port.value.hostPort === port.value.containerPort ? [] : problem(port, "hostPort", "must be the containerPort in the network of the host"),
        )
      : []),
    ...repeated(
      hostPorts,
      ({ value }) => `${textIn(value.protocol) ?? "TCP"} ${textIn(value.hostIP) ?? ""} ${value.hostPort}`,
      (port) => problem(port, "hostPort", "is another port's too"),
    ),
    ...(pod.value.dnsPolicy === "None" && listIn(dns, "nameservers").length === 0
      ? problem(dns, "nameservers", "is missing, and dnsPolicy None leaves it to them")
      : []),
    ...texts(dns, "nameservers", isAddress),
    ...itemsIn(pod, "hostAliases").flatMap((alias) => [...text(alias, "ip", isAddress), ...texts(alias, "hostnames", dnsName)]),
  ];
};

const nameProblems = (pod: At): Problem[] => [
  ...["serviceAccountName", "priorityClassName"].flatMap((key) => text(pod, key, optional(dnsName))),
  ...text(pod, "runtimeClassName", dnsName),
  ...["hostname", "subdomain"].flatMap((key) => text(pod, key, optional(dnsLabel))),
];

/** Whether containers of a pod may have ports, probes and resources as they are is theirs; that their names differ is the pod's. */
export const podSpecProblems = (pod: At, owner: PodOwnerRules): Problem[] => {
  const [initial, main] = [itemsIn(pod, "initContainers"), itemsIn(pod, "containers")];
  const volumes = volumesOf(pod, owner.claims ?? []);
  return [
    ...(listIn(pod, "containers").length === 0 ? problem(pod, "containers", "is missing") : []),
    ...[...initial, ...main].flatMap((container) => containerProblems(container, volumes.names)),
    ...repeated(
      [...initial, ...main],
      ({ value }) => textIn(value.name),
      (container, name) => problem(container, "name", `is ${name}, as another container's is`),
    ),
    ...volumes.problems,
    ...restartProblems(pod, owner),
    ...networkProblems(pod),
    ...nameProblems(pod),
    ...labelProblems(pod, "nodeSelector"),
    ...schedulingProblems(pod),
    ...securityProblems(pod),
    ...number(pod, "activeDeadlineSeconds", { min: 1 }),
  ];
};
