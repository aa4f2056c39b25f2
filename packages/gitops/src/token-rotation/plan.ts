import { type Finding, nearest } from "@fogline/findings";
import type { Fleet } from "@fogline/fleet";
import { hostContexts, type NodeContext } from "../host/context.ts";

/** One node that has a new token afterwards. One follows the other; a node that fails ends the plan. */
export interface TokenStep {
  readonly device: string;
  readonly as: "first server" | "server" | "agent";
  /** Afterwards every node has the token, and the next rotation makes another one. */
  readonly last: boolean;
}

export interface TokenRotationPlan {
  readonly steps: readonly TokenStep[];
  /** What speaks against it: with one of these nothing is done. */
  readonly findings: readonly Finding[];
}

/**
 * Who gets the new token of a cluster of K3s, and in which order: the first server, which makes it; the other servers, because an agent asks any of them;
 * then the agents by name. Windows of rings do not count: a token is changed because somebody has it who must not. Pure.
 */
export const planTokenRotation = (fleet: Fleet, cluster: string): TokenRotationPlan => {
  const node = hostContexts(fleet).find((context) => context.node?.cluster.name === cluster)?.node;
  if (node === undefined) return { steps: [], findings: [notOurs(fleet, cluster)] };
  const all = inOrder(node);
  return { steps: all.map((step, index) => ({ ...step, last: index === all.length - 1 })), findings: [] };
};

const inOrder = ({ servers: [first, ...others], nodes }: NodeContext): readonly Omit<TokenStep, "last">[] => [
  { device: first.id, as: "first server" },
  ...others.map(({ id }) => ({ device: id, as: "server" as const })),
  ...nodes
    .filter(({ role }) => role !== "server")
    .map(({ id }) => ({ device: id, as: "agent" as const }))
    .toSorted((a, b) => (a.device < b.device ? -1 : 1)),
];

const notOurs = (fleet: Fleet, name: string): Finding => {
  const there = fleet.clusters.some((cluster) => cluster.name === name);
  const ours = new Set(hostContexts(fleet).flatMap(({ node }) => node?.cluster.name ?? []));
  const near = nearest(name, ours);
  const remedy = near === undefined ? (ours.size === 0 ? undefined : `Name one of ${[...ours].join(", ")}.`) : `Write ${near}.`;
  const message = there ? `Fogline sets up no K3s for cluster ${name}, and so has no token of it` : `the fleet has no cluster ${name}`;
  return { code: "FL4190", severity: "error", message, ...(remedy === undefined ? {} : { remedy }) };
};
