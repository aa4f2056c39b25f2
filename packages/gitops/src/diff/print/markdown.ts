import type { ClusterDiff, FleetDiff } from "../diff.ts";
import type { Risk } from "../risks/risk.ts";
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

/** A comment may have 65,536 characters; the rest is room for what a workflow adds. */
export const MARKDOWN_CHARACTERS_MAX = 60_000;
const FIELDS_MAX = 40;
const OBJECTS_MAX = 200;
const ROWS_MAX = 100;
const RISKS_MAX = 60;

/** The first line, by which a workflow finds its own comment again. */
export const markdownMark = "<!-- fogline diff -->";

/**
 * The difference as a comment for a pull request: risks first, a table of the clusters, then one part to open for each. Never longer than
 * {@link MARKDOWN_CHARACTERS_MAX}; what does not fit is left out from the end, and the last line says what.
 */
export const diffMarkdown = (diff: FleetDiff, revision: string): string => {
  const changed = diff.clusters.filter(({ state }) => state !== "unchanged");
  const parts = [
    [markdownMark, `### What this change does, compared with ${code(revision)}`].join("\n"),
    changed.length === 0 && diff.otherDevices.length === 0 ? "Nothing in any cluster." : "",
    risksPart(diff.risks),
    tablePart(changed, unchangedClusters(diff)),
    listPart("Rings", ringTexts(diff)),
    listPart("Links", diff.links.map(linkText)),
    diff.otherDevices.length === 0 ? "" : `**Host files** of ${limited(diff.otherDevices.map(code), ROWS_MAX)} change.`,
  ].filter((part) => part !== "");
  return fitted(parts, changed.map(clusterPart));
};

/** As many of the clusters' parts as there is room for. */
const fitted = (parts: readonly string[], clusters: readonly string[]): string => {
  const noteLength = 200;
  const kept: string[] = [];
  let length = parts.reduce((sum, part) => sum + part.length + 2, 0);
  for (const part of clusters) {
    if (length + part.length + 2 > MARKDOWN_CHARACTERS_MAX - noteLength) break;
    kept.push(part);
    length += part.length + 2;
  }
  const missing = clusters.length - kept.length;
  const note =
    missing === 0 ? [] : [`_The details of ${plural(missing, "cluster")} do not fit here: \`fogline diff <rev> --cluster <name>\` has them._`];
  return `${[...parts, ...kept, ...note].join("\n\n").slice(0, MARKDOWN_CHARACTERS_MAX - 1)}\n`;
};

const risksPart = (risks: readonly Risk[]): string => {
  if (risks.length === 0) return "No risk was found.";
  const lines = risks.slice(0, RISKS_MAX).map(({ code: name, severity, message, cluster, place, remedy }) => {
    const where = place?.file === undefined ? "" : ` (${code(`${place.file}${place.line === undefined ? "" : `:${place.line}`}`)})`;
    const about = cluster === undefined ? "" : `${code(cluster)}: `;
    return `- **${name}** (${severity}) ${about}${plain(message)}${where}${remedy === undefined ? "" : `<br>${plain(remedy)}`}`;
  });
  const more = risks.length > RISKS_MAX ? [`- and ${risks.length - RISKS_MAX} more`] : [];
  return ["**Risks**", "", ...lines, ...more].join("\n");
};

const tablePart = (changed: readonly ClusterDiff[], unchanged: readonly string[]): string => {
  const rows = changed.slice(0, ROWS_MAX).map((cluster) => {
    const words = cluster.state === "added" || cluster.state === "removed" ? [`the cluster is ${cluster.state}`] : headlines(cluster);
    const time = cluster.pullMs === undefined || cluster.pull.bytes === 0 ? "" : `, ${aboutTime(cluster.pullMs)} on ${cluster.link}`;
    const pull = cluster.local ? "nothing" : pullText(cluster.pull).replace(/^pull /, "");
    const cells = [
      code(cluster.cluster),
      cluster.ring ?? "-",
      devicesText(cluster.touched),
      restartsText(cluster),
      limited(words.map(plain), 4),
      `${pull}${time}`,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  const more = changed.length > ROWS_MAX ? [`| and ${changed.length - ROWS_MAX} more clusters | | | | | |`] : [];
  const table =
    rows.length === 0 ? [] : ["| cluster | ring | devices | restarts | changes | pull |", "| --- | --- | --- | --- | --- | --- |", ...rows, ...more];
  return [...table, ...(unchanged.length === 0 ? [] : ["", `Unchanged: ${limited(unchanged.map(code), ROWS_MAX)}.`])].join("\n").trim();
};

const listPart = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? "" : [`**${title}**`, "", ...lines.slice(0, ROWS_MAX).map((line) => `- ${plain(line)}`)].join("\n");

/** What a mark alone does not say. */
const outcomes: Partial<Record<ClusterDiff["objects"][number]["change"], string>> = {
  kept: " (stays in the cluster)",
  refused: " (refused)",
  waits: " (waits until nothing is refused)",
};

const clusterPart = (cluster: ClusterDiff): string => {
  const { objects, restarts, touched, pull, secrets } = cluster;
  const listed = objects
    .slice(0, OBJECTS_MAX)
    .flatMap(({ name, change, fields }) => [
      `${markOf(change)} ${name}${outcomes[change] ?? ""}`,
      ...fields
        .slice(0, FIELDS_MAX)
        .map(
          ({ path, before, after }) =>
            `    ${path}${before === undefined && after === undefined ? "" : `: ${before ?? "(none)"} -> ${after ?? "(none)"}`}`,
        ),
      ...(fields.length > FIELDS_MAX ? [`    and ${fields.length - FIELDS_MAX} more fields`] : []),
    ]);
  if (objects.length > OBJECTS_MAX) listed.push(`and ${objects.length - OBJECTS_MAX} more objects`);
  listed.push(...secrets.map(({ file, change }) => `${markOf(change)} ${file} (encrypted)`));
  const lines = [
    ...restarts.map(({ name, pods, orMore }) => `- ${code(name)} restarts ${plural(pods, "pod")}${orMore ? " or more" : ""}`),
    ...(touched.devices.length === 0
      ? []
      : [
          `- ${devicesText(touched)} (${classesText(touched)}): ${limited(
            touched.devices.map(({ device }) => code(device)),
            50,
          )}`,
        ]),
    ...pull.images.slice(0, ROWS_MAX).map(({ image, devices, bytes, unknown }) => {
      const size = bytes === undefined ? `unknown, ${plain(unknown ?? "")}` : pullText({ bytes, atMost: false, unknown: [] }).replace("pull ", "");
      return `- ${code(image)} is pulled by ${plural(devices, "device")}: ${size} each`;
    }),
  ];
  const fence = fenceFor(listed);
  return [
    `<details><summary>${plain(cluster.cluster)}: ${plural(objects.length, "object")}, ${restartsText(cluster)}</summary>`,
    "",
    ...(listed.length === 0 ? [] : [`${fence}text`, ...listed, fence, ""]),
    ...lines,
    "",
    "</details>",
  ].join("\n");
};

/** A fence longer than any in the text, so that no value ends the block. */
const fenceFor = (lines: readonly string[]): string => {
  const longest = Math.max(2, ...lines.flatMap((line) => (line.match(/`+/g) ?? []).map((run) => run.length)));
  return "`".repeat(longest + 1);
};

/** Text as code, on one line. */
const code = (text: string): string => `\`${text.replaceAll("`", "'").replaceAll(/\s+/g, " ").replaceAll("|", "\\|")}\``;

/** Text that is only text: no markup, no mention, no cell of a table. It never stands at the start of a line, so `>` may stay. */
const plain = (text: string): string =>
  text
    .replaceAll(/\s+/g, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")

    .replaceAll(/([\\`*_[\]|])/g, "\\$1")
    .replaceAll("@", "@\u200B");

const limited = (words: readonly string[], most: number): string =>
  words.length <= most ? words.join(", ") : `${words.slice(0, most).join(", ")} and ${words.length - most} more`;
