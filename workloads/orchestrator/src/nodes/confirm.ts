import type { NodeStatus } from "@fogline/contracts";

/** What the planner needs to know of a node. */
export interface Candidate {
  readonly id: string;
  readonly site: string;
  readonly status: NodeStatus;
  readonly draining: boolean;
  /** Where peers of the site reach it, host:port; null when it does not say. */
  readonly probeAddress: string | null;
}

/** Who is asked to reach the suspect. */
export interface Probe {
  readonly peer: string;
  readonly address: string;
  readonly suspect: string;
  readonly timeoutMs: number;
}

/** A peer's word: it reached the suspect, it did not, or the peer itself gave no answer (`null`). */
export interface Verdict {
  readonly peer: string;
  readonly alive: boolean | null;
}

/** Share of the confirmation time that a probe may take: the rest is for the way to the peer and back. */
const probeShare = 0.5;

/**
 * Which online peers of the suspect's site are asked. Peers that stay (not draining) first, then by id, so that the choice is the same on
 * every replica. Nobody is asked about a node without an address.
 */
export const planProbes = (suspect: Candidate, nodes: readonly Candidate[], options: { confirmMs: number; peersMax: number }): Probe[] => {
  const address = suspect.probeAddress;
  if (address === null) return [];
  return nodes
    .filter((node) => node.id !== suspect.id && node.site === suspect.site && node.status === "online")
    .sort((a, b) => Number(a.draining) - Number(b.draining) || (a.id < b.id ? -1 : 1))
    .slice(0, options.peersMax)
    .map((node) => ({ peer: node.id, address, suspect: suspect.id, timeoutMs: Math.max(1, Math.floor(options.confirmMs * probeShare)) }));
};

/** What the answers mean when the confirmation time is over. One peer that reaches the node outweighs every one that does not. */
export const conclude = (
  verdicts: readonly Verdict[],
  options: { confirmMs: number },
): { kind: "seenByPeer"; peer: string } | { kind: "unconfirmed"; reason: string } => {
  const witness = verdicts.find((verdict) => verdict.alive === true);
  if (witness !== undefined) return { kind: "seenByPeer", peer: witness.peer };
  const deniers = verdicts.filter((verdict) => verdict.alive === false).map((verdict) => `"${verdict.peer}"`);
  const within = `it did not come back within ${options.confirmMs / 1_000} s`;
  if (deniers.length > 0) return { kind: "unconfirmed", reason: `${within}: ${deniers.join(" and ")} of its site cannot reach it` };
  if (verdicts.length > 0) return { kind: "unconfirmed", reason: `${within}: no peer of its site answered` };
  return { kind: "unconfirmed", reason: `${within}: no peer of its site could be asked` };
};
