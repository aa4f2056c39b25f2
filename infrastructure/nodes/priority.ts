import { type ClusterChart, priorityClasses, standardLabels } from "@fogline/manifests";
import { ApiObject } from "cdk8s";
import type { IPriorityClass } from "kubernetes-models/scheduling.k8s.io/v1/PriorityClass";

/** Who goes first when a node is short of memory. */
export const priorityChart: ClusterChart = {
  name: "priority",
  source: "infrastructure/nodes/priority.ts priorityChart",
  layer: "controllers",
  build: (chart) => {
    for (const [name, { value, description }] of Object.entries(priorityClasses)) {
      const object: IPriorityClass = {
        apiVersion: "scheduling.k8s.io/v1",
        kind: "PriorityClass",
        metadata: { name, labels: standardLabels(name) },
        description,
        globalDefault: false,
        preemptionPolicy: "PreemptLowerPriority",
        value,
      };
      new ApiObject(chart, name, object);
    }
  },
};
