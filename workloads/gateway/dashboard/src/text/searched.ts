import type { NodeRecord, TaskRecord } from "@fogline/contracts";

/** By what a device is found: everything that is written of it. */
export const wordsOfDevice = (node: NodeRecord): string =>
  [
    ...[node.id, node.site, node.cluster, node.tier, node.status, node.hardware, node.reason, node.draining ? "draining" : "", node.state?.powerMode],
    ...[node.capabilities?.model, node.capabilities?.architecture, node.capabilities?.deviceClass, node.capabilities?.gpu?.model],
    ...Object.entries(node.labels).flat(),
  ]
    .join(" ")
    .toLowerCase();

export const wordsOfTask = ({ id, spec, status, node, reason }: TaskRecord): string =>
  [id, ...spec.command, status, node, reason, spec.site, ...Object.entries(spec.labels).flat()].join(" ").toLowerCase();
