import { type Finding, nearest } from "@fogline/findings";
import type { Json } from "@fogline/fleet";
import type { AppDefinition, Placed } from "@fogline/manifests";

/** `tasksPerNodeMax` -> `TASKS_PER_NODE_MAX`. */
export const environmentName = (setting: string): string => setting.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase();

/** The environment of a workload from its settings and `env`, with every setting that does not exist or does not fit. */
export const environmentOf = (
  placed: Pick<Placed, "workload" | "target" | "place">,
  app: AppDefinition,
): { environment: Record<string, string>; findings: Finding[] } => {
  const { target } = placed;
  const findings: Finding[] = [];
  const environment: Record<string, string> = {};
  for (const [setting, value] of Object.entries(target.settings)) environment[app.environmentPrefix + environmentName(setting)] = text(value);
  Object.assign(environment, target.env);
  if (app.settings !== undefined) findings.push(...checkSettings(placed, app.settings));
  return { environment, findings };
};

const text = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value));

const checkSettings = (
  { workload, target, place }: Pick<Placed, "workload" | "target" | "place">,
  schema: NonNullable<AppDefinition["settings"]>,
): Finding[] => {
  const known = Object.keys(schema.shape);
  const findings: Finding[] = [];
  const path = `workloads.${workload}.settings`;
  for (const setting of Object.keys(target.settings).filter((key) => !known.includes(key))) {
    const meant = nearest(setting, known);
    findings.push({
      code: "FL3004",
      severity: "error",
      message: `workload ${workload} has no setting "${setting}"`,
      place: { ...place, path: `${path}.${setting}` },
      value: setting,
      remedy: meant === undefined ? `use one of: ${known.toSorted().join(", ")}` : `did you mean ${meant}?`,
    });
  }
  const stated = Object.fromEntries(Object.entries(target.settings).filter(([key]) => known.includes(key)));
  const parsed = schema.safeParse(stated);
  for (const issue of parsed.error?.issues ?? []) {
    const setting = String(issue.path[0] ?? "");
    // A setting that the cluster supplies (a secret, an address) is missing here and that is fine; only what is stated is judged.
    if (!(setting in stated)) continue;
    findings.push({
      code: "FL3005",
      severity: "error",
      message: `setting ${setting} of workload ${workload}: ${issue.message}`,
      place: { ...place, path: `${path}.${setting}` },
      value: JSON.stringify(stated[setting]),
    });
  }
  return findings;
};
