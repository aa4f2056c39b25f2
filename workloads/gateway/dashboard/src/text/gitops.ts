import type { ClusterStatus, GitOpsStatus } from "@fogline/contracts";
import { counted, shortRevision } from "./format.ts";

type State = ClusterStatus["state"];

/** Worst first: the first that some cluster is in is told with its reason. */
const telling: readonly State[] = ["refused", "unknown", "behind"];
const words: Readonly<Record<State, string>> = { current: "current", behind: "behind", refused: "refuse the newest revision", unknown: "unknown" };

/** How far the clusters are, in one sentence. */
export const gitOpsAnswer = ({ cluster, appliedRevision, clusters, refused }: GitOpsStatus): string => {
  if (clusters.length === 0) {
    if (refused.length > 0) return `${cluster} refuses the newest revision and stays on ${shortRevision(appliedRevision)}`;
    return appliedRevision === null ? `No revision of ${cluster} is applied yet` : `${cluster} runs revision ${shortRevision(appliedRevision)}`;
  }
  const having = (state: State) => clusters.filter((one) => one.state === state);
  const current = having("current").length;
  const parts = [
    current === clusters.length
      ? `${counted(clusters.length, "cluster")}, all current`
      : `${counted(clusters.length, "cluster")}, ${current} current`,
  ];
  for (const state of telling) {
    const [first, ...others] = having(state);
    if (first === undefined) continue;
    const word = state === "refused" && others.length === 0 ? "refuses the newest revision" : words[state];
    parts.push(`${others.length + 1} ${word} (${first.cluster}: ${first.reason})`);
  }
  const drifting = clusters.filter(({ drift }) => drift.length > 0);
  if (drifting.length > 0) parts.push(`${drifting.length} with drift (${drifting.map(({ cluster: name }) => name).join(", ")})`);
  return parts.join(", ");
};

/** What comes next for a cluster in a state; nothing where all is well. */
export const nextStep: Readonly<Record<State, string | null>> = {
  current: null,
  behind: "It follows by itself when its ring's turn comes; nothing is to be done.",
  refused: "Mend what is refused and commit again. The last good revision stays until then.",
  unknown: "Nobody reports for it. Look whether its controllers run: flux get kustomizations",
};

export interface Ring {
  readonly name: string;
  readonly clusters: readonly ClusterStatus[];
}

/** The rings in their order. */
export const ringsOf = (clusters: readonly ClusterStatus[]): readonly Ring[] =>
  [...Map.groupBy(clusters, ({ ring }) => ring)].map(([name, members]) => ({ name, clusters: members }));

/** What a ring has, and how much of it is not current, in a clause. */
export const ringText = ({ clusters }: Ring): string => {
  const having = [...Map.groupBy(clusters, ({ appliedRevision }) => appliedRevision)];
  const has = having.map(([revision, members]) => {
    const on = members.length === clusters.length ? "" : ` on ${members.length}`;
    return revision === null ? `not known what runs${on}` : `has ${shortRevision(revision)}${on}`;
  });
  const late = clusters.filter(({ state }) => state === "behind" || state === "refused").length;
  return [counted(clusters.length, "cluster"), ...has, ...(late === 0 ? [] : [`${late} not current`])].join(", ");
};
