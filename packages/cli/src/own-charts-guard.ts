import { type Code, codes, type Finding, textOf } from "@fogline/findings";
import type { AppDefinition, ClusterChart } from "@fogline/manifests";
import type { OwnCharts } from "@fogline/manifests/charts";
import { placeOfThrown } from "./own-charts-place.ts";

/** A finding about something that charts of the repository threw, with the line it comes from; never a stack. */
export const chartFailure = (code: Code, what: string, thrown: unknown, root: string, path?: string): Finding => {
  const place = placeOfThrown(thrown, root, "charts.ts");
  return {
    code,
    severity: "error",
    message: `${what}: ${oneLine(textOf(thrown), root)}`,
    place: path === undefined ? place : { ...place, path },
    remedy: codes[code].remedy,
  };
};

/** Paths of this machine say nothing to somebody else who reads the finding. */
const oneLine = (text: string, root: string): string => text.replaceAll(`${root}/`, "").replaceAll(/\s*\n\s*/g, " ");

/** Charts that never throw: what goes wrong is noted in `failed`, once for each chart and cause, and rendering goes on to find the rest. */
export const guarded = (
  own: OwnCharts,
  root: string,
  failed: Map<string, Finding>,
): { readonly apps: Readonly<Record<string, AppDefinition>>; readonly cluster: readonly ClusterChart[] } => {
  const attempt = (name: string, path: string, cluster: string, build: () => unknown): void => {
    const note = (finding: Finding): void => void (failed.has(`${path}: ${finding.message}`) || failed.set(`${path}: ${finding.message}`, finding));
    try {
      if (!(build() instanceof Promise)) return;
      const message = `chart ${name} builds asynchronously, and what it adds later is not rendered`;
      note({
        code: "FL3252",
        severity: "error",
        message,
        place: { file: "charts.ts", path },
        remedy: "Make build an ordinary function, without await.",
      });
    } catch (thrown) {
      note(chartFailure("FL3252", `chart ${name} failed for cluster ${cluster}`, thrown, root, path));
    }
  };
  return {
    apps: Object.fromEntries(
      Object.entries(own.apps ?? {}).map(([name, app]) => [
        name,
        {
          ...app,
          source: `charts.ts ${name}`,
          environmentPrefix: app.environmentPrefix ?? "",
          build: (chart, context) => attempt(name, `apps.${name}`, context.cluster.name, () => app.build(chart, context)),
        },
      ]),
    ),
    cluster: (own.cluster ?? []).map((one, index) => ({
      ...one,
      source: `charts.ts ${one.name}`,
      build: (chart, context) => attempt(one.name, `cluster.${index}`, context.cluster.name, () => one.build(chart, context)),
    })),
  };
};
