import type { INetworkPolicy } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicy";
import { selectorLabels } from "./labels.ts";

/** Where K3s has its pods and Services unless told otherwise. */
const clusterRanges = ["10.42.0.0/16", "10.43.0.0/16"];

/** Where clouds keep the credentials of a machine for whoever asks on it: no workload shall be the machine. */
const instanceMetadata = "169.254.169.254/32";

/** Pods that see everything, in their own namespace: those that scrape metrics. */
export const monitoringNamespace = "fogline-monitoring";

/** What takes the spans of workloads, in a cluster that keeps telemetry. */
export const traceStoreName = "trace-store";

export interface NetworkOptions {
  readonly metadata: NonNullable<INetworkPolicy["metadata"]>;
  /** The workload whose pods this is about. */
  readonly name: string;
  /** Workloads that may reach it, and those that it may reach. */
  readonly usedBy: readonly string[];
  readonly uses: readonly string[];
  /** Ports that others may reach, and the one that metrics are read from. */
  readonly ports: readonly string[];
  readonly opsPort?: string;
  /** Whether what is outside of the cluster may reach it on its ports, too. */
  readonly fromOutside?: boolean;
  /** Whether it may reach what is outside of the cluster. Default: yes. */
  readonly toOutside?: boolean;
  /** Whether its pods reach each other, on ports that they choose themselves. */
  readonly amongItself?: boolean;
}

/** Pods of a workload in whichever of Fogline's namespaces. */
const pods = (name: string) => ({
  namespaceSelector: { matchLabels: { "app.kubernetes.io/part-of": "fogline" } },
  podSelector: { matchLabels: selectorLabels(name) },
});

/**
 * Who talks to whom, from what is declared: whoever uses the workload comes in on its ports, and out of it goes DNS, what it uses, and whatever is
 * not in the cluster. Probes of the kubelet come from the node and are always let in.
 */
export const networkPolicyOf = (options: NetworkOptions): INetworkPolicy => {
  const { metadata, name, usedBy, uses, ports, opsPort, fromOutside = false, toOutside = true, amongItself = false } = options;
  const listed = ports.map((port) => ({ port, protocol: "TCP" as const }));
  const outside = { ipBlock: { cidr: "0.0.0.0/0", except: [...clusterRanges, instanceMetadata] } };
  const from = [...usedBy.map(pods), ...(fromOutside ? [outside] : [])];
  const to = [...uses.map(pods), ...(amongItself ? [pods(name)] : []), ...(toOutside ? [outside] : [])];
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata,
    spec: {
      podSelector: { matchLabels: selectorLabels(name) },
      policyTypes: ["Ingress", "Egress"],
      ingress: [
        ...(from.length === 0 || listed.length === 0 ? [] : [{ from, ports: listed }]),
        ...(amongItself ? [{ from: [pods(name)], ports: [{ protocol: "TCP" as const }] }] : []),
        ...(opsPort === undefined
          ? []
          : [
              {
                from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": monitoringNamespace } } }],
                ports: [{ port: opsPort, protocol: "TCP" as const }],
              },
            ]),
      ],
      egress: [
        {
          to: [
            {
              namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
              podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
            },
          ],
          ports: [
            { port: 53, protocol: "UDP" },
            { port: 53, protocol: "TCP" },
          ],
        },
        // A rule with nobody in it would be about everybody.
        ...(to.length === 0 ? [] : [{ to }]),
      ],
    },
  };
};
