import { textIn, textsIn } from "../../tree/loose.ts";
import { type At, has, inside, itemsIn, neededText, number, type Problem, problem, type Rule, text } from "./at.ts";
import { dnsLabel, type Format, optional } from "./formats.ts";
import { labelProblems, templateMetadata } from "./metadata.ts";
import { type PodOwnerRules, podSpecProblems } from "./pod-spec.ts";
import { schedule } from "./schedule.ts";
import { isEmptySelector, matches, selectorProblems } from "./selectors.ts";
import { claimProblems } from "./storage.ts";

const templateProblems = (template: At, owner: PodOwnerRules): Problem[] => [
  ...templateMetadata(inside(template, "metadata")),
  ...podSpecProblems(inside(template, "spec"), owner),
];

/** That the pods a workload makes are those that it looks for. */
const ownPods = (spec: At): Problem[] => {
  const selector = inside(spec, "selector");
  const labels = inside(spec, "template", "metadata");
  const wrong = selectorProblems(selector);
  if (wrong.length > 0) return wrong;
  if (isEmptySelector(selector)) return problem(selector, "", "selects nothing");
  return matches(selector, textsIn(labels.value.labels)) ? [] : problem(labels, "labels", "are not those that spec.selector looks for");
};

const fraction: Format = (given) => (/^\d+%$/.test(given) ? undefined : "must be a number or a percentage");

/** How many pods, as a number or in percent. `undefined` where nothing is said. */
const share = (at: At, key: string): number | undefined => {
  const value = at.value[key];
  if (typeof value === "number") return value;
  return typeof value === "string" ? Number.parseInt(value, 10) : undefined;
};

const shareProblems = (at: At, key: string, { limited = true } = {}): Problem[] => [
  ...number(at, key),
  ...text(at, key, fraction),
  ...(limited && textIn(at.value[key]) !== undefined && (share(at, key) ?? 0) > 100 ? problem(at, key, "is more than all of them") : []),
];

const deploymentStrategy = (spec: At): Problem[] => {
  const strategy = inside(spec, "strategy");
  const rolling = inside(strategy, "rollingUpdate");
  if (strategy.value.type === "Recreate") {
    return has(strategy, "rollingUpdate") ? problem(strategy, "rollingUpdate", "is not taken with type Recreate") : [];
  }
  const [unavailable, surge] = [share(rolling, "maxUnavailable") ?? 25, share(rolling, "maxSurge") ?? 25];
  return [
    ...shareProblems(rolling, "maxUnavailable"),
    ...shareProblems(rolling, "maxSurge", { limited: false }),
    ...(unavailable === 0 && surge === 0 ? problem(rolling, "maxUnavailable", "must not be 0 where maxSurge is 0 too") : []),
  ];
};

const deployment: Rule = (object) => {
  const spec = inside(object, "spec");
  const { minReadySeconds = 0, progressDeadlineSeconds = 600 } = spec.value;
  return [
    ...["replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"].flatMap((key) => number(spec, key)),
    ...(Number(progressDeadlineSeconds ?? 600) <= Number(minReadySeconds ?? 0)
      ? problem(spec, "progressDeadlineSeconds", "must be more than minReadySeconds")
      : []),
    ...ownPods(spec),
    ...deploymentStrategy(spec),
    ...templateProblems(inside(spec, "template"), { restart: ["Always"] }),
  ];
};

const daemonSet: Rule = (object) => {
  const spec = inside(object, "spec");
  const rolling = inside(spec, "updateStrategy", "rollingUpdate");
  const [unavailable, surge] = [share(rolling, "maxUnavailable") ?? 1, share(rolling, "maxSurge") ?? 0];
  const rolls = spec.value.updateStrategy !== undefined && inside(spec, "updateStrategy").value.type !== "OnDelete";
  return [
    ...["minReadySeconds", "revisionHistoryLimit"].flatMap((key) => number(spec, key)),
    ...ownPods(spec),
    ...["maxUnavailable", "maxSurge"].flatMap((key) => shareProblems(rolling, key)),
    ...(rolls && (unavailable === 0) === (surge === 0)
      ? problem(rolling, "maxUnavailable", "and maxSurge must not both be 0, nor both be more")
      : []),
    ...templateProblems(inside(spec, "template"), { restart: ["Always"] }),
  ];
};

const statefulSet: Rule = (object) => {
  const spec = inside(object, "spec");
  const rolling = inside(spec, "updateStrategy", "rollingUpdate");
  const templates = itemsIn(spec, "volumeClaimTemplates");
  const claims = templates.flatMap(({ value }) => textIn(inside({ value, path: "" }, "metadata").value.name) ?? []);
  return [
    ...["replicas", "minReadySeconds", "revisionHistoryLimit"].flatMap((key) => number(spec, key)),
    ...text(spec, "serviceName", optional(dnsLabel)),
    ...ownPods(spec),
    ...number(rolling, "partition"),
    ...shareProblems(rolling, "maxUnavailable"),
    ...templates.flatMap((template) => claimProblems(inside(template, "spec"))),
    ...templateProblems(inside(spec, "template"), { restart: ["Always"], claims }),
  ];
};

const jobKeys = ["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished", "backoffLimitPerIndex"];

const jobSpecProblems = (spec: At): Problem[] => [
  ...jobKeys.flatMap((key) => number(spec, key)),
  ...(spec.value.completionMode === "Indexed" && !has(spec, "completions")
    ? problem(spec, "completions", "is missing, and Indexed counts by it")
    : []),
  ...templateProblems(inside(spec, "template"), { restart: ["OnFailure", "Never"], ends: true }),
];

const job: Rule = (object) => jobSpecProblems(inside(object, "spec"));

/** Whether the zone exists. Other readers of it do not care for capitals, and the API server does. */
const isTimeZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).format(0) !== "" && /^[A-Z]/.test(name);
  } catch {
    return false;
  }
};

const timeZone: Format = (name) =>
  name.split("/").every((part) => /^(?!-|\.{1,2}$)[A-Za-z.\-_0-9+]{1,14}$/.test(part)) && isTimeZone(name) ? undefined : "is no time zone";

const cronJob: Rule = (object) => {
  const spec = inside(object, "spec");
  return [
    ...neededText(spec, "schedule", schedule),
    ...text(spec, "timeZone", timeZone),
    ...["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"].flatMap((key) => number(spec, key)),
    ...labelProblems(inside(spec, "jobTemplate", "metadata"), "labels"),
    ...jobSpecProblems(inside(spec, "jobTemplate", "spec")),
  ];
};

const disruptionBudget: Rule = (object) => {
  const spec = inside(object, "spec");
  return [
    ...(has(spec, "minAvailable") && has(spec, "maxUnavailable")
      ? problem(spec, "", "says minAvailable and maxUnavailable, and only one is taken")
      : []),
    ...["minAvailable", "maxUnavailable"].flatMap((key) => shareProblems(spec, key)),
    ...selectorProblems(inside(spec, "selector")),
  ];
};

/** What runs, and how many of it. */
export const workloadRules: Readonly<Record<string, Rule>> = {
  "apps/v1/Deployment": deployment,
  "apps/v1/DaemonSet": daemonSet,
  "apps/v1/StatefulSet": statefulSet,
  "batch/v1/Job": job,
  "batch/v1/CronJob": cronJob,
  "policy/v1/PodDisruptionBudget": disruptionBudget,
};
