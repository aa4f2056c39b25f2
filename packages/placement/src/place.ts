import type { Refusal } from "@fogline/findings";
import { defaultFilters, type Filter, type FilterContext, type NodePolicy } from "./filters.ts";
import { fog } from "./fog.ts";
import type { Node } from "./node.ts";
import { type Profile, type ScorePart, scoreOf } from "./profile.ts";
import type { Task } from "./task.ts";
import { tiers } from "./tier-profile.ts";

/** The profiles that a task can name. */
export const profiles: { readonly [Name in "fog" | "tiers"]: Profile } = Object.freeze({ fog, tiers });

/** Tasks that one node holds at a time, unless told otherwise. */
export const tasksPerNodeMaxDefault = 10;

export interface PlaceOptions {
  /** A profile or the name of a built-in one; `fog` when absent. */
  readonly profile?: keyof typeof profiles | Profile;
  /** Tried in this order, the first refusal is the reason; {@link defaultFilters} when absent. */
  readonly filters?: readonly Filter[];
  /** Operators' rules, tried where the filters say; none when absent. */
  readonly policies?: readonly NodePolicy[];
  /** At least 0; 10 when absent. A node at the limit is refused. */
  readonly tasksPerNodeMax?: number;
  /** Nodes where an attempt of this task failed; none when absent. */
  readonly avoid?: ReadonlySet<string>;
}

export interface Candidate {
  node: string;
  score: number;
  parts: ScorePart[];
}

/** Why a task goes where it goes: every node is in `candidates` or in `refused`, once. */
export interface Placement {
  profile: string;
  chosen: string | null;
  /** Best first; equal scores by id. */
  candidates: Candidate[];
  /** By id. */
  refused: { node: string; refusal: Refusal }[];
}

/** Ids are distinct, so one of the two comes first. */
const byId = (a: { node: string }, b: { node: string }): number => (a.node < b.node ? -1 : 1);

/** The profile that `options` mean. */
export const profileOf = ({ profile = "fog" }: PlaceOptions): Profile => (typeof profile === "string" ? profiles[profile] : profile);

/** Filters every node, scores those that are left and chooses the best. The order of `nodes` does not matter; their ids are distinct. */
export const place = (task: Task, nodes: Iterable<Node>, options: PlaceOptions = {}): Placement => {
  const { filters = defaultFilters, policies = [], tasksPerNodeMax = tasksPerNodeMaxDefault, avoid = new Set<string>() } = options;
  const profile = profileOf(options);
  const context: FilterContext = { tasksPerNodeMax, policies, avoid };
  const candidates: Candidate[] = [];
  const refused: Placement["refused"] = [];
  for (const node of nodes) {
    const refusal = firstRefusal(filters, task, node, context);
    if (refusal === undefined) candidates.push({ node: node.id, ...scoreOf(task, node, profile) });
    else refused.push({ node: node.id, refusal });
  }
  candidates.sort((a, b) => b.score - a.score || byId(a, b));
  refused.sort(byId);
  return { profile: profile.name, chosen: candidates[0]?.node ?? null, candidates, refused };
};

const firstRefusal = (filters: readonly Filter[], task: Task, node: Node, context: FilterContext): Refusal | undefined => {
  for (const filter of filters) {
    const refused = filter(task, node, context);
    if (refused !== undefined) return refused;
  }
  return undefined;
};

/** Where the task would go if `failed` were gone; `null` when nowhere. */
export const ifNodeFails = (task: Task, nodes: readonly Node[], failed: string, options: PlaceOptions = {}): string | null =>
  place(
    task,
    nodes.filter(({ id }) => id !== failed),
    options,
  ).chosen;
