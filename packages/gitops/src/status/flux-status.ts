/** A Kustomization of Flux and how far it is. */
export interface KustomizationStatus {
  readonly name: string;
  /** `waiting`: for what it depends on, or until what it applied is healthy. */
  readonly state: "ready" | "waiting" | "unhealthy" | "refused";
  /** The revision that it applied last. */
  readonly appliedRevision: string | null;
  readonly message: string;
}

/** What Flux makes of a cluster's tree. */
export interface FluxStatus {
  readonly state: "current" | "behind" | "refused" | "unknown";
  /** The revision that Flux fetched last, and the one that every Kustomization runs; null while they run different ones. */
  readonly wantedRevision: string | null;
  readonly appliedRevision: string | null;
  readonly reason: string;
  /** Whether waiting is of no use: something was refused, is not healthy, or cannot be fetched. */
  readonly stuck: boolean;
  readonly lastReconciledAtMs: number | null;
  readonly kustomizations: readonly KustomizationStatus[];
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly observedGeneration?: number;
}

/** The fields of a source (GitRepository or OCIRepository) and of a Kustomization that are read. https://fluxcd.io/flux/components/ */
export interface FluxObject {
  readonly metadata?: { readonly name?: string; readonly generation?: number };
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly artifact?: { readonly revision?: string };
    readonly lastAppliedRevision?: string;
    readonly lastAttemptedRevision?: string;
    readonly history?: readonly { readonly lastReconciled?: string }[];
  };
}

/** The commit or digest in a revision such as `refs/heads/ring/stable@sha1:3f2a91c...`. */
export const commitIn = (revision: string | null): string | null => revision?.replace(/^.*@sha(1|256):/, "") ?? null;
const shortOf = (revision: string | null): string => (commitIn(revision) ?? "nothing").slice(0, 12);

const ready = ({ status }: FluxObject): Condition | undefined => status?.conditions?.find(({ type }) => type === "Ready");

/** Reasons by which Flux says that it goes on by itself. */
const passing = new Set(["DependencyNotReady", "Progressing", "ProgressingWithRetry"]);

const statusOf = (object: FluxObject, wanted: string | null): KustomizationStatus => {
  const { status: { lastAppliedRevision = null, lastAttemptedRevision } = {} } = object;
  const condition = ready(object);
  const shown = { name: object.metadata?.name ?? "", appliedRevision: lastAppliedRevision, message: condition?.message ?? "" };
  if (condition?.status === "False" && !passing.has(condition.reason ?? "")) {
    if (condition.reason === "HealthCheckFailed") return { ...shown, state: "unhealthy" };
    // What was said of an older revision is not said of this one; a revision that could not even be read is never noted as attempted.
    const ofWanted = wanted === null || lastAttemptedRevision === wanted || condition.reason === "ArtifactFailed";
    return { ...shown, state: ofWanted ? "refused" : "waiting" };
  }
  const current = (condition?.observedGeneration ?? 0) >= (object.metadata?.generation ?? 0);
  return { ...shown, state: condition?.status === "True" && current && lastAppliedRevision === wanted ? "ready" : "waiting" };
};

const latest = (objects: readonly FluxObject[]): number | null => {
  const moments = objects.flatMap(({ status }) => (status?.history ?? []).map(({ lastReconciled = "" }) => Date.parse(lastReconciled)));
  const known = moments.filter((atMs) => !Number.isNaN(atMs));
  return known.length === 0 ? null : Math.max(...known);
};

/** What the state is, out of the source and every Kustomization, in a sentence. */
export const fluxStatus = (source: FluxObject | undefined, kustomizations: readonly FluxObject[]): FluxStatus => {
  const wanted = source?.status?.artifact?.revision ?? null;
  const all = kustomizations.map((one) => statusOf(one, wanted)).toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const applied = [...new Set(all.map(({ appliedRevision }) => appliedRevision))];
  const appliedRevision = applied.length === 1 ? (applied[0] ?? null) : null;
  const found = { wantedRevision: wanted, appliedRevision, lastReconciledAtMs: latest(kustomizations), kustomizations: all };
  return { ...found, ...verdict(source, all, wanted) };
};

const verdict = (
  source: FluxObject | undefined,
  all: readonly KustomizationStatus[],
  wanted: string | null,
): Pick<FluxStatus, "state" | "reason" | "stuck"> => {
  if (source === undefined) return { state: "unknown", stuck: true, reason: "Flux has no source here: day 0 has not handed the cluster over" };
  const fetched = ready(source);
  if (fetched?.status === "False") {
    const stays = wanted === null ? "nothing was fetched yet" : `${shortOf(wanted)} stays`;
    return { state: "behind", stuck: true, reason: `the source cannot be fetched, ${stays}: ${fetched.message ?? fetched.reason ?? ""}` };
  }
  const named = (state: KustomizationStatus["state"]): KustomizationStatus[] => all.filter((one) => one.state === state);
  const [refused] = named("refused");
  if (refused !== undefined) {
    const stays = `${shortOf(refused.appliedRevision)} stays`;
    return { state: "refused", stuck: true, reason: `${shortOf(wanted)} was refused in ${refused.name}, where ${stays}: ${refused.message}` };
  }
  const [unhealthy] = named("unhealthy");
  if (unhealthy !== undefined)
    return { state: "behind", stuck: true, reason: `${unhealthy.name} is not healthy in ${shortOf(wanted)}: ${unhealthy.message}` };
  const waiting = named("waiting").map(({ name }) => name);
  if (all.length === 0 || waiting.length > 0)
    return { state: "behind", stuck: false, reason: `${shortOf(wanted)} is being applied: ${waiting.join(", ")} wait` };
  return { state: "current", stuck: false, reason: "it runs what its source holds" };
};
