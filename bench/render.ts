import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../scripts/root.ts";
import { type Bench, verify } from "./bench.ts";
import { runFogline } from "./command.ts";
import type { Figure } from "./figures.ts";
import { hasKustomize, kustomizeFigures } from "./kustomize.ts";
import { devicesPerCluster, largeFleet } from "./large-fleet.ts";
import { parts, secondsByPart } from "./profile.ts";
import { withFolder } from "./programs.ts";
import { clusterOf, objectsOfTrees, renderedFiles } from "./rendered-tree.ts";

const sizes = [10, 100, 1_000] as const;
/** A cluster of each tier. */
const warmUp = 3;
/** Above this, one process for each cluster takes minutes, and as many times longer as there are more clusters. */
const kustomizeClustersMax = 100;

/** Another board for one device of the first cluster, as somebody writes it who replaced it. */
const withOneEdit = (fleet: string): string => fleet.replace("  node-0-1:\n", "  node-0-2:\n    hardware: jetson-orin-nx-16\n  node-0-1:\n");

/** What is compared between sizes. */
const steps = {
  first: "render, every file new",
  check: "check",
  edit: "render after the edit of a device",
  alone: "render --cluster after the edit of a device",
} as const;

type Ran = Awaited<ReturnType<typeof runFogline>>;

const figuresOf = (what: string, { seconds, processorSeconds, peakMemoryBytes }: Ran): Figure[] => [
  { what, unit: "s", value: seconds },
  { what: `${what}: processor time`, unit: "s", value: processorSeconds },
  { what: `${what}: peak memory`, unit: "MB", value: peakMemoryBytes / 1e6 },
];

/** What `fogline render` says at its end. */
const saysOf = ({ printed }: Ran): { files: number; written: number; removed: number } => {
  const [, files, written, removed] = /^(\d+) files in .*: (\d+) written, (\d+) removed$/m.exec(printed) ?? [];
  return { files: Number(files), written: Number(written), removed: Number(removed) };
};

/** A fleet in a git repository of its own, with the command line that works on it. */
interface Repository {
  readonly folder: string;
  readonly clusters: number;
  /** The files that the first render wrote, by path. */
  readonly files: ReadonlyMap<string, string>;
  readonly fogline: (...args: string[]) => Promise<Ran>;
}

const fleetFile = "clusters/fleet.yaml";
/** Trees in a registry are signed, as those of the example are. */
const signingKey = "clusters/tree-signing.pub";

/** Makes the repository and renders into it for the first time. */
const firstRender = async (clusters: number, folder: string): Promise<{ repository: Repository; ran: Ran }> => {
  mkdirSync(join(folder, "clusters"));
  cpSync(join(root, signingKey), join(folder, signingKey));
  writeFileSync(join(folder, fleetFile), largeFleet(clusters));
  execFileSync("git", ["init", "-q", "-b", "main"], { cwd: folder });
  const fogline = (...args: string[]): Promise<Ran> => runFogline(["--repo", folder, ...args]);
  const ran = await fogline("render");
  const files = renderedFiles(folder);
  const trees = new Set([...files.keys()].flatMap((path) => clusterOf(path) ?? []));
  verify(trees.size === clusters, `${trees.size} clusters were rendered of ${clusters}`);
  verify(saysOf(ran).files === files.size && saysOf(ran).written === files.size, `not every file was written: ${ran.printed.slice(-200)}`);
  return { repository: { folder, clusters, files, fogline }, ran };
};

const check = async ({ clusters, files, fogline }: Repository): Promise<Ran> => {
  const ran = await fogline("check");
  const ofTrees = [...files.keys()].filter((path) => clusterOf(path) !== undefined);
  const objects = ofTrees.filter((path) => !path.endsWith("/kustomization.yaml")).length;
  const [, said] = /^(\d+ clusters, \d+ objects), \S+ s: 0 errors, 0 warnings\n$/.exec(ran.printed) ?? [];
  verify(said === `${clusters} clusters, ${objects} objects`, `check said ${ran.printed.slice(-500)} of ${objects} objects`);
  return ran;
};

/** Another process renders the same bytes. */
const compare = async ({ files, fogline }: Repository): Promise<Ran> => {
  const ran = await fogline("render", "--check");
  verify(ran.printed === `${files.size} files are what the fleet renders\n`, `a second rendering is another: ${ran.printed.slice(-500)}`);
  return ran;
};

/** Where the time of a render goes that finds everything as it should be. */
const profile = ({ folder }: Repository): Promise<{ readonly part: string; readonly seconds: number }[]> =>
  withFolder(async (profiles) => {
    const ran = await runFogline(["--repo", folder, "render"], ["--cpu-prof", `--cpu-prof-dir=${profiles}`]);
    verify(saysOf(ran).written === 0 && saysOf(ran).removed === 0, `a second rendering wrote files: ${ran.printed.slice(-500)}`);
    const seconds = secondsByPart(profiles);
    return parts.map((part) => ({ part, seconds: seconds.get(part) ?? 0 }));
  });

const ofEdited = /^(clusters\/cluster-0|bootstrap\/generated\/node-0-\d+)\//;

/** Only files of the edited device's cluster are written, and what the command says of them is so. */
const edit = async ({ folder, clusters, files, fogline }: Repository): Promise<Ran> => {
  const before = largeFleet(clusters);
  const after = withOneEdit(before);
  verify(after !== before, "the edit changed nothing");
  writeFileSync(join(folder, fleetFile), after);
  const ran = await fogline("render");
  const edited = renderedFiles(folder);
  const written = [...edited].filter(([path, text]) => files.get(path) !== text).map(([path]) => path);
  const removed = [...files.keys()].filter((path) => !edited.has(path));
  const touched = [...written, ...removed];
  verify(touched.length > 0 && touched.every((path) => ofEdited.test(path)), `the edit changed ${touched.join(", ")}`);
  verify(saysOf(ran).written === written.length && saysOf(ran).removed === removed.length, `other files were written: ${ran.printed.slice(-500)}`);
  return ran;
};

/** The edit is taken back, and only its cluster rendered: everything is as it was. */
const editAlone = async ({ folder, clusters, files, fogline }: Repository): Promise<Ran> => {
  writeFileSync(join(folder, fleetFile), largeFleet(clusters));
  const ran = await fogline("render", "--cluster", "cluster-0");
  verify(saysOf(ran).written > 0, `the edit was not rendered: ${ran.printed.slice(-500)}`);
  const now = renderedFiles(folder);
  verify(now.size === files.size && [...now].every(([path, text]) => files.get(path) === text), "rendering one cluster left another tree");
  return ran;
};

/** Everything about one size. */
const measure = async (clusters: number, folder: string): Promise<Figure[]> => {
  const { repository, ran } = await firstRender(clusters, folder);
  const name = `${clusters} clusters`;
  return [
    { what: `${name}: files`, unit: "files", value: repository.files.size },
    ...figuresOf(`${name}: ${steps.first}`, ran),
    ...figuresOf(`${name}: ${steps.check}`, await check(repository)),
    ...figuresOf(`${name}: render --check`, await compare(repository)),
    ...(await profile(repository)).map(({ part, seconds }): Figure => ({ what: `${name}: profile: ${part}`, unit: "s", value: seconds })),
    ...figuresOf(`${name}: ${steps.edit}`, await edit(repository)),
    ...figuresOf(`${name}: ${steps.alone}`, await editAlone(repository)),
    ...(clusters <= kustomizeClustersMax && hasKustomize() ? await kustomizeFigures(objectsOfTrees(repository.files)) : []),
  ];
};

/** How much longer ten times as many clusters take: ten where time is in proportion. */
const growth = (figures: readonly Figure[]): Figure[] =>
  Object.values(steps).map((step) => {
    const secondsOf = (clusters: number): number => {
      const figure = figures.find(({ what }) => what === `${clusters} clusters: ${step}: processor time`);
      if (figure === undefined) throw new Error(`${step} was not measured with ${clusters} clusters`);
      return figure.value;
    };
    const [, from, to] = sizes;
    return { what: `${from} to ${to} clusters: ${step}: processor time grows`, unit: "times", value: secondsOf(to) / secondsOf(from) };
  });

/** What turning a fleet file into trees costs, by the command line that people use. */
export const render: Bench = {
  about: `fleets of ${sizes.join(", ")} clusters with ${devicesPerCluster} devices each, no two clusters alike, rendered and checked`,
  run: async ({ say }) => {
    if (!hasKustomize()) say("without kustomize: `npm run tools` builds it");
    // Compiles what is not in the compile cache yet: the first command of all is not what is measured.
    await withFolder((folder) => measure(warmUp, folder));
    const figures: Figure[] = [];
    for (const clusters of sizes) {
      say(`${clusters} clusters`);
      figures.push(...(await withFolder((folder) => measure(clusters, folder))));
    }
    return [...figures, ...growth(figures)];
  },
};
