import { resolve } from "node:path";
import { type Finding, FoglineError } from "@fogline/findings";
import { type Fleet, treeSigningFile } from "@fogline/fleet";
import { type ArtifactPlan, differences, planArtifact, takesArtifact } from "@fogline/gitops";
import { fluxNamespace, treeSigningSecret } from "@fogline/manifests";
import { openRepository, type Published, packArtifact, publish, registryLogin, type SigningKey } from "@fogline/registry";
import { describeBytes } from "@fogline/units";
import { type Commit, Worktree } from "@fogline/worktree";
import { chosenClusters } from "../check.ts";
import type { Context } from "../context.ts";
import { loadInputs } from "../inputs.ts";
import { loadCharts } from "../own-charts.ts";
import { treeKeyFile } from "../private-keys.ts";
import { loadFleet, renderTrees } from "../render.ts";
import { refuseFor } from "../secret-store.ts";
import { makeTreeKey, signingKeyFor } from "../tree-keys.ts";

/** `fogline tree key`: the key pair that trees are signed with. Says how a cluster gets to know its public half. */
export const treeKeyCommand = async (context: Context, { newKey = false }: { readonly newKey?: boolean }): Promise<void> => {
  const { output, repository } = context;
  const worktree = await Worktree.open(repository);
  const file = treeKeyFile(context);
  const { held, written, retired } = await makeTreeKey(worktree, file, newKey);
  output.value({ treeKey: { publicKey: treeSigningFile, privateKey: held ? file : null, written, retired: retired ?? null } });
  output.line(`public    ${treeSigningFile}`);
  output.line(held ? `private   ${file}` : "private   not on this machine; whoever pushes trees has it, or --new-key makes another pair");
  if (retired !== undefined) output.line(`retired   ${retired}`);
  if (held)
    output.line(
      output.colours.yellow("warning   whoever has the private key decides what clusters run: keep it where trees are pushed, and nowhere else"),
    );
  output.line(`day 0     brings the public key into each cluster, before Flux starts, as Secret ${fluxNamespace}/${treeSigningSecret}; by hand:`);
  const made = `kubectl create secret generic ${treeSigningSecret} -n ${fluxNamespace} --from-file=${treeSigningFile} --dry-run=client -o yaml`;
  output.line(`          ${made} | kubectl --context <cluster> apply -f -`);
  output.line(`next      fogline render, then git add ${treeSigningFile} clusters/ and commit`);
};

export interface TreePushOptions {
  /** Only the clusters of this ring, whose tag moves to the commit. */
  readonly ring?: string;
  readonly branch: string;
  readonly key?: string;
  readonly dryRun?: boolean;
}

/** `fogline tree push [cluster...]`: packs each cluster's tree as it is committed, pushes and signs it. */
export const treePushCommand = async (context: Context, names: readonly string[], options: TreePushOptions): Promise<void> => {
  const { output, repository } = context;
  const worktree = await Worktree.open(repository);
  const { fleet, findings } = await loadFleet(worktree);
  refuseFor(findings, "the fleet has errors, so nothing was pushed");
  if (fleet === undefined) return;
  const clusters = clustersToPush(fleet, names, options.ring);
  const { commit, files } = await committedTrees(worktree, fleet, clusters);
  const key = await signingKeyFor(worktree, options.key === undefined ? treeKeyFile(context) : resolve(context.workingFolder, options.key));
  const pushed: Pushed[] = [];
  const width = Math.max(...clusters.map((name) => name.length));
  for (const cluster of fleet.clusters.filter(({ name }) => clusters.includes(name))) {
    const plan = planArtifact(cluster, { fleet, files, commit, branch: options.branch, moveRing: options.ring !== undefined });
    pushed.push(await pushOne(context, plan, { width, dryRun: options.dryRun ?? false, ...(key === undefined ? {} : { key }) }));
  }
  output.value({ pushed, revision: commit.revision, dryRun: options.dryRun ?? false });
  if (key === undefined) output.line(output.colours.yellow("not signed: clusters take whatever the registry has. fix: fogline tree key"));
  const count = `${pushed.length} tree${pushed.length === 1 ? "" : "s"}`;
  output.line(options.dryRun ? `${count} would be pushed; nothing was changed` : `${count} of ${commit.revision.slice(0, 12)} in ${fleet.registry}`);
  if (options.ring === undefined) output.line(`next: fogline tree push --ring ${fleet.rings[0]?.name ?? "<ring>"} lets a ring have it`);
};

/** Names of the clusters that were asked for. Throws FL1031 for one that the fleet does not have, FL3292 for one that takes no artifact. */
const clustersToPush = (fleet: Fleet, names: readonly string[], ring: string | undefined): readonly string[] => {
  const rings = fleet.rings.map(({ name }) => name);
  if (ring !== undefined && !rings.includes(ring))
    throw new FoglineError("FL3292", `the fleet has no ring ${ring}`, { remedy: `Write ${rings.join(" or ")}.` });
  const named = names.length > 0;
  const chosen = chosenClusters(fleet, named ? names : undefined);
  const unfit = named ? chosen.find((cluster) => !takesArtifact(cluster)) : undefined;
  if (unfit !== undefined) {
    const what = unfit.connectivity.source === "git" ? "follows a branch" : "gets bundles";
    throw new FoglineError("FL3292", `${unfit.name} ${what}, and takes no tree from ${fleet.registry}`);
  }
  const elsewhere = named && ring !== undefined ? chosen.find((cluster) => cluster.ring !== ring) : undefined;
  if (elsewhere !== undefined)
    throw new FoglineError("FL3292", `${elsewhere.name} is in ring ${elsewhere.ring}, not ${ring}`, {
      remedy: `Leave it out, or write --ring ${elsewhere.ring}.`,
    });
  const found = chosen.filter((cluster) => takesArtifact(cluster) && (ring === undefined || cluster.ring === ring)).map(({ name }) => name);
  if (found.length === 0)
    throw new FoglineError("FL3292", `no cluster${ring === undefined ? "" : ` of ring ${ring}`} takes its tree from ${fleet.registry}`);
  return found;
};

/** The commit and its trees. Throws FL3291 with every difference where it is not what the fleet renders, or not all of clusters/ is committed. */
const committedTrees = async (
  worktree: Worktree,
  fleet: Fleet,
  clusters: readonly string[],
): Promise<{ readonly commit: Commit; readonly files: ReadonlyMap<string, string> }> => {
  const commit = await worktree.head();
  if (commit === undefined) throw new FoglineError("FL3291", `${worktree.root} has no commit`);
  const uncommitted = await worktree.uncommitted("clusters");
  const findings = uncommitted.map(
    (file): Finding => ({ code: "FL3291", severity: "error", message: `${file} is not committed as it is`, place: { file } }),
  );
  if (findings.length > 0) throw new FoglineError("FL3291", "clusters/ is not what is committed, so nothing was pushed", { findings });
  const { inputs, findings: ofInputs } = await loadInputs(worktree);
  const rendered = renderTrees(fleet, await loadCharts(worktree), { ...inputs, clusters });
  refuseFor([...ofInputs, ...rendered.findings], "the trees have errors, so nothing was pushed");
  const source = { revision: commit.revision };
  const trees = await Promise.all(clusters.map((name) => worktree.files(`clusters/${name}`, source)));
  const files = new Map(trees.flatMap((tree) => [...tree]));
  const different = differences(rendered.files, files);
  if (different.length > 0)
    throw new FoglineError("FL3291", "the committed trees are not what the fleet renders, so nothing was pushed", { findings: different });
  return { commit, files };
};

interface Pushed extends Published {
  readonly cluster: string;
  readonly ring: string;
  readonly repository: string;
  readonly digest: string;
  readonly downloadBytes: number;
}

/** Carries out the plan for one cluster, and says so as soon as it is done: many clusters take their time. */
const pushOne = async (
  context: Context,
  plan: ArtifactPlan,
  { key, dryRun, width }: { readonly key?: SigningKey; readonly dryRun: boolean; readonly width: number },
): Promise<Pushed> => {
  const { output } = context;
  const credentials = registryLogin(context.environment, plan.registry);
  const repository = openRepository({ registry: plan.registry, name: plan.name, ...(credentials === undefined ? {} : { credentials }) });
  const packed = await packArtifact(plan);
  const published = await publish(repository, packed, { tags: plan.tags, dryRun, ...(key === undefined ? {} : { key }) });
  const sent = published.uploadedBytes === 0 ? "there already" : `${dryRun ? "would send" : "sent"} ${describeBytes(published.uploadedBytes)}`;
  const tags = published.tags.map(({ tag, before }) => (before === packed.digest ? `${tag} as before` : tag));
  output.line(`  ${plan.cluster.padEnd(width)}  ${packed.digest.slice(0, 19)}  ${sent}  ${signatureWords[published.signature]}  ${tags.join(", ")}`);
  const { cluster, ring } = plan;
  return { ...published, ...{ cluster, ring, repository: repository.reference, digest: packed.digest, downloadBytes: packed.downloadBytes } };
};

const signatureWords: Readonly<Record<Published["signature"], string>> = { added: "signed", there: "signed before", none: "not signed" };
