import type { ClusterDiff, FleetDiff } from "../diff.ts";
import {
  aboutTime,
  classesText,
  devicesText,
  headlines,
  linkText,
  markOf,
  plural,
  pullText,
  restartsText,
  ringTexts,
  unchangedClusters,
} from "./summary.ts";

const HEADLINES_MAX = 3;
const NAMES_MAX = 12;

/** The difference for a terminal: one line for each cluster, then rings, links and risks. With `details`, everything of each cluster below it. */
export const diffText = (diff: FleetDiff, { details = false }: { readonly details?: boolean } = {}): string[] => {
  const changed = diff.clusters.filter(({ state }) => state !== "unchanged");
  const unchanged = unchangedClusters(diff);
  const rows = changed.map(cellsOf);
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = changed.flatMap((cluster, index) => {
    const row = (rows[index] ?? []).map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("   ");
    return [`  ${row}`.trimEnd(), ...(details ? detailsOf(cluster) : [])];
  });
  if (unchanged.length > 0) lines.push(`  ${unchanged.join(", ")}   unchanged`);
  if (diff.otherDevices.length > 0) lines.push(`  ${named(diff.otherDevices)}   host files change`);
  const rings = ringTexts(diff);
  if (rings.length > 0) lines.push(`  rings  ${rings.join("; ")}`);
  for (const link of diff.links) lines.push(`  link   ${linkText(link)}`);
  for (const { code, severity, message, cluster, remedy, place } of diff.risks) {
    lines.push(`  ${severity === "error" ? "risk " : "watch"}  ${code} ${cluster === undefined ? "" : `${cluster}: `}${message}`);
    const where = place?.file === undefined ? "" : `${place.file}${place.line === undefined ? "" : `:${place.line}`}`;
    if (where !== "") lines.push(`                ${where}`);
    if (remedy !== undefined) lines.push(`                fix: ${remedy}  (docs/diff.md#${code.toLowerCase()})`);
  }
  return lines;
};

const cellsOf = (cluster: ClusterDiff): string[] => {
  const words = headlines(cluster);
  const head = words.length > HEADLINES_MAX ? [...words.slice(0, HEADLINES_MAX - 1), `and ${words.length - HEADLINES_MAX + 1} more`] : words;
  const state = cluster.state === "added" ? ["+ the cluster"] : cluster.state === "removed" ? ["- the cluster"] : head;
  return [
    cluster.cluster,
    cluster.ring ?? "-",
    devicesText(cluster.touched),
    restartsText(cluster),
    state.join(", "),
    cluster.local ? "pulls nothing" : pullText(cluster.pull),
    cluster.pull.bytes > 0 && cluster.pullMs !== undefined ? `${aboutTime(cluster.pullMs)} on ${cluster.link}` : "",
  ];
};

const named = (names: readonly string[]): string =>
  names.length <= NAMES_MAX ? names.join(", ") : `${names.slice(0, NAMES_MAX).join(", ")} and ${names.length - NAMES_MAX} more`;

/** What a mark alone does not say. */
const outcomes: Partial<Record<ClusterDiff["objects"][number]["change"], string>> = {
  kept: "leaves the tree and stays in the cluster",
  refused: "is refused",
  recreated: "is deleted and created anew",
  waits: "waits until nothing is refused",
};

const detailsOf = ({ objects, restarts, touched, pull, secrets }: ClusterDiff): string[] => {
  const lines: string[] = [];
  for (const { name, change, fields } of objects) {
    const words = outcomes[change];
    lines.push(`    ${markOf(change).padEnd(3)} ${name}${words === undefined ? "" : `  ${words}`}`);
    for (const { path, before, after } of fields) lines.push(`          ${path}${valuesText(before, after)}`);
  }
  for (const { file, change } of secrets) lines.push(`    ${markOf(change).padEnd(3)} ${file}  encrypted, not compared`);
  for (const { name, pods, orMore } of restarts) lines.push(`    restart  ${name}: ${plural(pods, "pod")}${orMore ? " or more" : ""}`);
  if (touched.devices.length > 0) {
    lines.push(
      `    devices  ${devicesText(touched)} (${classesText(touched)}): ${named(touched.devices.map(({ device, reasons }) => `${device} ${reasons.join("+")}`))}`,
    );
  }
  for (const { image, devices, bytes, unknown } of pull.images) {
    lines.push(
      `    pull     ${image}: ${bytes === undefined ? `unknown, ${unknown}` : pullText({ bytes, atMost: pull.atMost, unknown: [] }).replace("pull ", "")} on each of ${plural(devices, "device")}`,
    );
  }
  return lines;
};

const valuesText = (before: string | undefined, after: string | undefined): string => {
  if (before === undefined && after === undefined) return "";
  if (before === undefined) return `: ${after} (new)`;
  return after === undefined ? `: ${before} (gone)` : `: ${before} -> ${after}`;
};
