import type { IDaemonSet } from "kubernetes-models/apps/v1/DaemonSet";
import type { IIoK8sApiCoreV1PodSpec } from "kubernetes-models/v1/PodSpec";
import { selectorLabels, standardLabels } from "./labels.ts";

export interface NodeDaemonSetOptions {
  readonly name: string;
  readonly version?: string;
  /** Annotations of the pods. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** The pods, beyond what all of them have: no token, the priority of what a node needs, and that they stay on nodes in trouble. */
  readonly pod: IIoK8sApiCoreV1PodSpec;
}

/** One pod on every node that `pod` selects, to serve the node; replaced one node after the other. */
export const nodeDaemonSet = (
  metadata: NonNullable<IDaemonSet["metadata"]>,
  { name, version, annotations, pod }: NodeDaemonSetOptions,
): IDaemonSet => ({
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata,
  spec: {
    selector: { matchLabels: selectorLabels(name) },
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
    template: {
      metadata: { labels: standardLabels(name, version), ...(annotations === undefined ? {} : { annotations: { ...annotations } }) },
      spec: { automountServiceAccountToken: false, priorityClassName: "fogline-node", tolerations: [{ operator: "Exists" }], ...pod },
    },
  },
});
