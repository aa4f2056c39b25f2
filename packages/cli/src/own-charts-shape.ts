import { codes, type Finding, nearest } from "@fogline/findings";

const keys = ["apps", "cluster"];

/** What keeps the default export of a `charts.ts` from being charts, all of it at once. */
export const shapeProblems = (exported: unknown): Finding[] => {
  if (exported === undefined)
    return [problem("charts.ts has no default export", "", "Write `export default { apps: {}, cluster: [] } satisfies OwnCharts;`.")];
  if (!isObject(exported)) return [wrong("", exported, "an object with apps and cluster")];
  const unknown = Object.keys(exported).filter((key) => !keys.includes(key));
  return [
    ...unknown.map((key) => {
      const meant = nearest(key, keys);
      return problem(`the default export of charts.ts has no key ${key}`, key, meant === undefined ? "Known: apps, cluster." : `Write ${meant}.`);
    }),
    ...appProblems(exported.apps),
    ...clusterProblems(exported.cluster),
  ];
};

const appProblems = (apps: unknown): Finding[] => {
  if (apps === undefined) return [];
  if (!isObject(apps)) return [wrong("apps", apps, "an object with a chart by the name of its workload")];
  return Object.entries(apps).flatMap(([name, app]) => {
    const path = `apps.${name}`;
    if (!isObject(app)) return [wrong(path, app, "an object with build")];
    return [
      ...(["string", "undefined"].includes(typeof app.environmentPrefix)
        ? []
        : [wrong(`${path}.environmentPrefix`, app.environmentPrefix, "a text")]),
      ...(typeof app.build === "function" ? [] : [wrong(`${path}.build`, app.build, "a function")]),
    ];
  });
};

const clusterProblems = (charts: unknown): Finding[] => {
  if (charts === undefined) return [];
  if (!Array.isArray(charts)) return [wrong("cluster", charts, "a list of charts")];
  return charts.flatMap((chart: unknown, index) => {
    const path = `cluster.${index}`;
    if (!isObject(chart)) return [wrong(path, chart, "an object with name, layer and build")];
    return [
      ...(typeof chart.name === "string" ? [] : [wrong(`${path}.name`, chart.name, "a text")]),
      ...(chart.layer === "controllers" || chart.layer === "configs" ? [] : [wrong(`${path}.layer`, chart.layer, '"controllers" or "configs"')]),
      ...(typeof chart.build === "function" ? [] : [wrong(`${path}.build`, chart.build, "a function")]),
    ];
  });
};

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

const wrong = (path: string, value: unknown, expected: string): Finding =>
  problem(`${path === "" ? "the default export of charts.ts" : path} is ${described(value)}, not ${expected}`, path, `Make it ${expected}.`);

const described = (value: unknown): string => {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "string" ? JSON.stringify(value) : typeof value === "object" ? "an object" : `a ${typeof value}`;
};

const problem = (message: string, path: string, remedy: string = codes.FL3251.remedy): Finding => ({
  code: "FL3251",
  severity: "error",
  message,
  place: path === "" ? { file: "charts.ts" } : { file: "charts.ts", path },
  remedy,
});
