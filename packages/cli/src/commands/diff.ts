import { codes, FoglineError } from "@fogline/findings";
import { type Fleet, parseFleet } from "@fogline/fleet";
import { diffFleet, diffMarkdown, diffText, type FleetDiff, HOST_FOLDER, type Revision, type Risk } from "@fogline/gitops";
import { Worktree } from "@fogline/worktree";
import type { Context } from "../context.ts";
import { exitFor } from "../exit.ts";
import { inputsIn, loadInputs } from "../inputs.ts";
import { loadCharts } from "../own-charts.ts";
import { loadFleet, renderFleet } from "../render.ts";

export interface DiffOptions {
  readonly format?: "text" | "json" | "markdown";
  readonly cluster?: string;
}

/**
 * `fogline diff <revision>`: the trees that the fleet on disk renders, against those that a revision has committed. Ends with 1 when a risk is an
 * error, or when the fleet cannot be rendered.
 */
export const diffCommand = async ({ output, repository }: Context, name: string, { format, cluster }: DiffOptions): Promise<void> => {
  const worktree = await Worktree.open(repository);
  const revision = await worktree.commitOf(name);
  const now = await revisionOnDisk(worktree);
  if (now.revision === undefined) {
    output.findings(now.findings);
    output.value({ findings: now.findings });
    return exitFor(now.findings);
  }
  const old = await revisionAt(worktree, revision);
  const clusters = clustersOf(old.revision, now.revision, now.clusters).filter((one) => cluster === undefined || one === cluster);
  if (cluster !== undefined && clusters.length === 0) {
    throw new FoglineError("FL1031", `neither ${name} nor the fleet has a cluster ${cluster}`, { remedy: "Name a cluster of clusters/fleet.yaml." });
  }
  const beyond = await worktree.commitsBeyondHead(revision);
  const found = diffFleet(old.revision, now.revision, clusters);
  const diff: FleetDiff = { ...found, risks: [...found.risks, ...old.notes, ...now.findings] };
  output.value({ revision, ...diff });
  if (format === "markdown" && !output.json) output.line(diffMarkdown(diff, name).trimEnd());
  else for (const line of diffText(diff, { details: cluster !== undefined })) output.line(line);
  if (format !== "markdown") {
    if (beyond > 0)
      output.line(`  note   ${name} has ${beyond} ${beyond === 1 ? "commit" : "commits"} that HEAD lacks; what they changed shows here as undone`);
    const changed = diff.clusters.find(({ state }) => state !== "unchanged");
    if (cluster === undefined && changed !== undefined) output.line(`  more   fogline diff ${name} --cluster ${changed.cluster}`);
  }
  exitFor(diff.risks);
};

/** The trees as they would be committed, and what they rest on. No revision when the fleet or its inputs have errors. */
const revisionOnDisk = async (worktree: Worktree) => {
  const { fleet, findings } = await loadFleet(worktree);
  const { inputs, findings: ofInputs } = await loadInputs(worktree);
  const rendered = fleet === undefined ? undefined : renderFleet(fleet, await loadCharts(worktree), inputs);
  const problems = [...findings, ...(rendered?.findings ?? []), ...ofInputs];
  if (fleet === undefined || rendered === undefined || problems.some(({ severity }) => severity === "error"))
    return { findings: problems, clusters: [] };
  const revision: Revision & { readonly fleet: Fleet } = {
    fleet,
    files: rendered.files,
    secrets: inputs.secrets ?? new Map(),
    hostFiles: new Map([...rendered.files].filter(([path]) => path.startsWith(`${HOST_FOLDER}/`))),
    lock: inputs.images ?? {},
  };
  return { revision, findings: problems, clusters: rendered.folders.flatMap((folder) => /^clusters\/([^/]+)$/.exec(folder)?.[1] ?? []) };
};

/** What a commit holds. What of it this version cannot read is named and left out. */
const revisionAt = async (worktree: Worktree, commit: string): Promise<{ readonly revision: Revision; readonly notes: readonly Risk[] }> => {
  const source = { revision: commit };
  const [files, hostFiles] = await Promise.all([worktree.files("clusters", source), worktree.files(HOST_FOLDER, source)]);
  const { inputs, findings } = inputsIn(files);
  const fleetFiles = await worktree.fleetFiles(source).catch(() => []);
  const { fleet } = fleetFiles.length === 0 ? {} : parseFleet(fleetFiles);
  const notes: Risk[] = findings.map(({ message, place }) =>
    note(`${place?.file ?? "an input"} of the old revision is not used: ${message}`, place?.file),
  );
  if (fleet === undefined) notes.push(note("the fleet of the old revision cannot be read, so devices, rings and versions are not compared"));
  const { secrets = new Map(), images: lock = {} } = inputs;
  return { revision: { ...(fleet === undefined ? {} : { fleet }), files, hostFiles, secrets, lock }, notes };
};

const note = (message: string, file = "clusters/fleet.yaml"): Risk => ({
  code: "FL5019",
  severity: "warning",
  message,
  place: { file },
  remedy: codes.FL5019.remedy,
});

/** Folders beside the clusters' own that hold inputs. */
const inputFolders = new Set(["secrets", "facts", "fleet.d"]);

/** The clusters that are rendered, in the order of the fleet, and after them those that only the old revision has. */
const clustersOf = (old: Revision, { fleet }: Revision & { readonly fleet: Fleet }, rendered: readonly string[]): string[] => {
  const committed = [...old.files.keys()].flatMap((path) => /^clusters\/([^/]+)\/.+\/kustomization\.yaml$/.exec(path)?.[1] ?? []);
  const declared = new Set(fleet.clusters.map(({ name }) => name));
  const gone = [...new Set(committed)].filter((name) => !declared.has(name) && !inputFolders.has(name)).toSorted();
  return [...rendered, ...gone];
};
