import { describeBytes, formatDurationMs, formatPercent } from "@fogline/units";
import type { ClusterDiff, FleetDiff, ObjectChange } from "../diff.ts";
import type { LinkLoad } from "../links.ts";
import type { Pull } from "../pulls.ts";
import type { RingTurn } from "../rings.ts";
import type { Touched } from "../touched.ts";

const MINUTE_MS = 60_000;

export const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;

/** A mark for a change, as in a diff of text: `!` is what will not go through as it stands. */
export const markOf = (change: ObjectChange["change"]): string =>
  ({ added: "+", changed: "~", removed: "-", recreated: "-/+", refused: "!", kept: "o", waits: "...", unchanged: " " })[change];

/** A duration as people say it: "about 3 min", "under 1 min". */
export const aboutTime = (durationMs: number): string => {
  if (durationMs < MINUTE_MS) return "under 1 min";
  const minutes = Math.round(durationMs / MINUTE_MS);
  return minutes < 100
    ? `about ${minutes} min`
    : `about ${formatDurationMs(Math.round(durationMs / (10 * MINUTE_MS)) * 10 * MINUTE_MS)
        .replace("h", " h ")
        .replace("m", " min")
        .trim()}`;
};

/** What is pulled: an unknown size is said to be one, and never counts as nothing. */
export const pullText = ({ bytes, atMost, unknown }: Pick<Pull, "bytes" | "atMost" | "unknown">): string => {
  const known = bytes === 0 ? "" : `${atMost ? "up to " : ""}${describeBytes(bytes)}`;
  if (unknown.length === 0) return known === "" ? "pull 0" : `pull ${known}`;
  return `pull ${known === "" ? "" : `${known} and `}unknown`;
};

/** How many devices, and whether it may be fewer or others. */
export const devicesText = ({ count, devices }: Touched): string =>
  count < devices.length ? `up to ${count} of ${plural(devices.length, "device")}` : plural(count, "device");

/** The touched devices by class: `jetson 2, raspberry-pi 6`. */
export const classesText = ({ devices }: Touched): string =>
  [...Map.groupBy(devices, ({ deviceClass }) => deviceClass)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, some]) => `${name} ${some.length}`)
    .join(", ");

export const restartsText = ({ restarts }: ClusterDiff): string => {
  const pods = restarts.reduce((sum, one) => sum + one.pods, 0);
  return `${plural(pods, "restart")}${restarts.some(({ orMore }) => orMore) ? " or more" : ""}`;
};

/** The folder of an app: what is in it belongs together. */
const appOf = ({ file }: ObjectChange): string | undefined => /^clusters\/[^/]+\/apps\/([^/]+)\//.exec(file)?.[1];

/** Whether an object differs in nothing but a version that an image of its app has as well. */
const onlyVersion = ({ change, fields }: ObjectChange, images: ClusterDiff["images"]): boolean =>
  change === "changed" &&
  fields.every(({ path, before, after }) => path.endsWith(".image") || images.some((one) => one.before === before && one.after === after));

/** What changes in a cluster, in few words each: images by their versions, apps that come or go as a whole, other objects by name. */
export const headlines = ({ objects, images, secrets, touched }: ClusterDiff): string[] => {
  const byApp = Map.groupBy(objects, (one) => appOf(one));
  const lines: string[] = [];
  for (const { workload, before, after } of unique(images)) lines.push(`~ ${workload} ${before} -> ${after}`);
  const whole = new Set<string>();
  for (const [app, some] of byApp) {
    const [first] = some;
    if (app === undefined || first === undefined) continue;
    const all = (change: ObjectChange["change"]): boolean => some.every((one) => one.change === change) && some.length > 1;
    for (const change of ["added", "removed"] as const) {
      if (!all(change)) continue;
      whole.add(app);
      lines.push(`${markOf(change)} ${app} (${plural(some.length, "object")})`);
    }
  }
  for (const one of objects) {
    const app = appOf(one);
    if (app !== undefined && whole.has(app)) continue;
    // The Kustomization of an app comes and goes with it.
    if (
      one.kind === "Kustomization" &&
      (one.change === "added" || one.change === "removed") &&
      [...whole].some((name) => one.name.endsWith(`/${name}`))
    )
      continue;
    const own = images.filter(({ workload }) => workload === app || one.name.endsWith(`/${workload}`));
    if (own.length > 0 && onlyVersion(one, own)) continue;
    lines.push(`${markOf(one.change)} ${one.name}`);
  }
  for (const { file, change } of secrets) lines.push(`${markOf(change)} ${file.slice(file.lastIndexOf("/") + 1)}`);
  const hosts = touched.devices.filter(({ reasons }) => reasons.includes("host")).length;
  const joined = touched.devices.filter(({ reasons }) => reasons.includes("joins")).map(({ device }) => device);
  const left = touched.devices.filter(({ reasons }) => reasons.includes("leaves")).map(({ device }) => device);
  if (joined.length > 0) lines.push(`+ ${joined.length > 3 ? plural(joined.length, "device") : joined.join(", ")}`);
  if (left.length > 0) lines.push(`- ${left.length > 3 ? plural(left.length, "device") : left.join(", ")}`);
  if (hosts > 0) lines.push(`~ host files of ${plural(hosts, "device")}`);
  return lines;
};

const unique = (images: ClusterDiff["images"]): ClusterDiff["images"] =>
  images.filter(
    (one, index) =>
      images.findIndex((other) => other.workload === one.workload && other.after === one.after && other.before === one.before) === index,
  );

/** When the rings get the change, in one sentence each. */
export const ringTexts = (diff: FleetDiff): string[] => [
  ...diff.clusters.filter(({ local, state }) => local && state !== "unchanged").map(({ cluster }) => `${cluster} applies the commit itself, at once`),
  ...diff.rings.map(turnText),
];

const turnText = ({ ring, after, window }: RingTurn): string => {
  const inWindow = window === undefined ? "" : `, in its window ${windowText(window)}`;
  if (after.length === 0) return `${ring} gets it with the next step${inWindow}`;
  const before = after.map(
    ({ ring: name, soakMs, gate }) =>
      `${name}${soakMs > 0 ? ` (${formatDurationMs(soakMs)} soak)` : ""}${gate === "manual" ? " and a person's yes" : ""}`,
  );
  return `${ring} after ${before.join(", ")}${inWindow}`;
};

const windowText = ({ days, fromMinute, toMinute, timeZone }: NonNullable<RingTurn["window"]>): string => {
  const time = (minute: number): string => `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
  const [first = "", last = ""] = [days[0], days.at(-1)];
  return `${first === last ? first : `${first}-${last}`} ${time(fromMinute)}-${time(toMinute)} ${timeZone}`;
};

/** What a line carries: bytes, time, share of its budget. */
export const linkText = ({ site, profile, clusters, bytes, atMost, incomplete, durationMs, budgetFraction }: LinkLoad): string => {
  const line = `${site} over ${profile} (${clusters.join(", ")})`;
  if (incomplete && bytes === 0) return `${line}: images of unknown size`;
  const size = `${atMost ? "up to " : ""}${describeBytes(bytes)}${incomplete ? " and images of unknown size" : ""}`;
  const time = durationMs === undefined ? "carried as a bundle" : aboutTime(durationMs);
  const share =
    budgetFraction === undefined
      ? ""
      : `, ${budgetFraction > 1 ? `${(budgetFraction).toFixed(1)} times` : `${formatPercent(Math.round(budgetFraction * 1000) / 1000)} of`} the budget of a day`;
  return `${line}: ${size}, ${time}${share}`;
};

/** Clusters in which nothing changes. */
export const unchangedClusters = ({ clusters }: FleetDiff): string[] =>
  clusters.filter(({ state }) => state === "unchanged").map(({ cluster }) => cluster);
