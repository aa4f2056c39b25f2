import { existsSync, readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { apps, container } from "@fogline/apps";
import type { Finding } from "@fogline/findings";
import type { Fleet } from "@fogline/fleet";
import { clusterCharts } from "@fogline/infrastructure";
import type { Charts } from "@fogline/manifests";
import type { OwnCharts } from "@fogline/manifests/charts";
import type { Worktree } from "@fogline/worktree";
import { chartFailure, guarded } from "./own-charts-guard.ts";
import { positionIn } from "./own-charts-place.ts";
import { shapeProblems } from "./own-charts-shape.ts";

/** Where a repository keeps charts of its own, from its root. Parts of it may lie in the folder `charts`, which `fogline up --watch` watches as well. */
const chartsFile = "charts.ts";

/** The charts that a repository renders with. */
export interface LoadedCharts {
  readonly charts: Charts;
  /** Why `charts.ts` cannot be used; nothing can be rendered then. */
  readonly findings: readonly Finding[];
  /** What went wrong in charts of the repository while a fleet was rendered; asked for afterwards. */
  failures(fleet: Fleet): readonly Finding[];
}

/** Fogline's charts alone, as a repository without a `charts.ts` renders with. */
export const foglineCharts: LoadedCharts = { charts: { apps, container, cluster: clusterCharts }, findings: [], failures: () => [] };

/**
 * Fogline's charts and those that the repository's own `charts.ts` exports. What is wrong with that file is a finding with its line: it does not
 * load (FL3250), does not export charts (FL3251) or has a chart that Fogline has (FL3253). Runs the code of that file in this process.
 */
export const loadCharts = async ({ root }: Pick<Worktree, "root">): Promise<LoadedCharts> => {
  if (!existsSync(join(root, chartsFile))) return foglineCharts;
  const refused = (findings: readonly Finding[]): LoadedCharts => ({ ...foglineCharts, findings });
  let exported: unknown;
  try {
    exported = await importCharts(root);
  } catch (thrown) {
    return refused([chartFailure("FL3250", `${chartsFile} cannot be loaded`, thrown, root)]);
  }
  const shape = shapeProblems(exported);
  if (shape.length > 0) return refused(shape.map((finding) => ({ ...finding, place: { ...positionOf(root, wordOf(finding)), ...finding.place } })));
  const own = exported as OwnCharts;
  const taken = takenNames(own, root);
  if (taken.length > 0) return refused(taken);
  const failed = new Map<string, Finding>();
  const guards = guarded(own, root, failed);
  return {
    charts: { apps: { ...apps, ...guards.apps }, container, cluster: [...clusterCharts, ...guards.cluster] },
    findings: [],
    failures: (fleet) => [...failed.values(), ...unused(own, fleet, root)],
  };
};

let loads = 0;

/** The default export of charts.ts as it is on disk now. Every load has a number, which its imports inherit: a module is else read only once. */
const importCharts = async (root: string): Promise<unknown> => {
  const inside = pathToFileURL(`${root}/`).href;
  const mark = `?fogline=${++loads}`;
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      const fromCharts = context.parentURL?.startsWith(inside) === true && !context.parentURL.includes("/node_modules/");
      // The copy inside this program: the repository may have none, or one of another version.
      if (fromCharts && specifier === "fogline/charts") return next(chartsModule(), context);
      const resolved = next(specifier, context);
      const own = fromCharts && resolved.url.startsWith(inside) && !resolved.url.includes("/node_modules/");
      return own && !resolved.url.includes("?") ? { ...resolved, url: resolved.url + mark } : resolved;
    },
  });
  try {
    const module = (await import(pathToFileURL(join(root, chartsFile)).href + mark)) as { readonly default?: unknown };
    return module.default;
  } finally {
    hooks.deregister();
  }
};

/** What `fogline/charts` is: beside the bundle in the published package, with its sources in the checkout. */
const chartsModule = (): string => {
  const bundled = new URL("charts.js", import.meta.url);
  return existsSync(fileURLToPath(bundled)) ? bundled.href : import.meta.resolve("@fogline/manifests/charts");
};

const takenNames = (own: OwnCharts, root: string): Finding[] => {
  const names = [
    ...Object.keys(own.apps ?? {}).filter((name) => Object.hasOwn(apps, name)),
    ...(own.cluster ?? [])
      .map(({ name }) => name)
      .filter((name, index, all) => all.indexOf(name) < index || clusterCharts.some((chart) => chart.name === name)),
  ];
  return names.map((name) => ({
    code: "FL3253",
    severity: "error",
    message: `${chartsFile} has a chart ${name}, and there is one of that name already`,
    place: { ...positionOf(root, name), path: Object.hasOwn(own.apps ?? {}, name) ? `apps.${name}` : "cluster" },
    value: name,
    remedy: `Choose another name than those of Fogline: ${[...Object.keys(apps), ...clusterCharts.map((chart) => chart.name)].join(", ")}.`,
  }));
};

/** A chart that no workload has is most likely one whose name is misspelt on one of the two sides. */
const unused = (own: OwnCharts, fleet: Fleet, root: string): Finding[] =>
  Object.keys(own.apps ?? {})
    .filter((name) => fleet.workloads.every((workload) => workload.name !== name))
    .map((name) => ({
      code: "FL3254",
      severity: "warning",
      message: `${chartsFile} has a chart for ${name}, and the fleet has no such workload`,
      place: { ...positionOf(root, name), path: `apps.${name}` },
      value: name,
      remedy: `Add ${name} to workloads in clusters/fleet.yaml, or drop the chart.`,
    }));

/** The part of a finding's path that charts.ts most likely has in so many letters. */
const wordOf = ({ place }: Finding): string => {
  const [table = "", entry] = place?.path?.split(".") ?? [];
  return (table === "apps" ? entry : undefined) ?? (table === "" ? "export" : table);
};

const positionOf = (root: string, name: string) => positionIn(readFileSync(join(root, chartsFile), "utf8"), chartsFile, name);
