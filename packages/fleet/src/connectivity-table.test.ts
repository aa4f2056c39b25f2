import { readFileSync } from "node:fs";
import { describeBytes, formatDurationMs } from "@fogline/units";
import { expect, it } from "vitest";
import { type ConnectivityProfile, connectivity } from "./connectivity.ts";

const days = (ms: number): string => (ms % 86_400_000 === 0 ? `${ms / 86_400_000}d` : formatDurationMs(ms));
const yes = (flag: boolean): string => (flag ? "yes" : "no");

/** One row a decision, in the words of the page. */
const rows: readonly (readonly [what: string, text: (profile: ConnectivityProfile) => string])[] = [
  ["outage", ({ outageMs }) => days(outageMs)],
  ["budget a day", ({ budgetBytesPerDay }) => (budgetBytesPerDay === undefined ? "none" : `${budgetBytesPerDay / 1e6} MB`)],
  ["bandwidth", ({ bandwidthBytesPerSecond }) => `${(bandwidthBytesPerSecond * 8) / 1e6} Mbit/s`],
  ["latency", ({ latencyMs }) => `${latencyMs} ms`],
  ["source of the tree", ({ source }) => source],
  ["Flux asks every", ({ intervalMs }) => days(intervalMs)],
  ["spread of it", ({ jitterFraction }) => `${jitterFraction * 100} %`],
  ["tries again after", ({ retryIntervalMs }) => days(retryIntervalMs)],
  ["a rollout waits", ({ timeoutMs }) => days(timeoutMs)],
  ["images", ({ pullPolicy }) => pullPolicy],
  ["artifacts are kept on disk", ({ persistentSource }) => yes(persistentSource)],
  ["next images are pulled ahead", ({ prePull }) => yes(prePull)],
  ["metrics are read every", ({ reportIntervalMs }) => days(reportIntervalMs)],
  ["samples in memory", ({ metricsQueueSamples }) => String(metricsQueueSamples)],
  ["log of metrics", ({ metricsLogBytes }) => describeBytes(metricsLogBytes)],
  ["it goes back", ({ metricsRetentionMs }) => days(metricsRetentionMs)],
  ["a node may log in a day", ({ logNodeBytesPerDay }) => `${logNodeBytesPerDay / 1e6} MB`],
  ["buffer of logs", ({ logBufferBytes }) => describeBytes(logBufferBytes)],
  ["certificates live", ({ certificateLifetimeMs }) => days(certificateLifetimeMs)],
  ["renewed before their end", ({ certificateRenewBeforeMs }) => days(certificateRenewBeforeMs)],
];

it("docs/connectivity.md has the values that the built-in profiles have", () => {
  const page = readFileSync(new URL("../../../docs/connectivity.md", import.meta.url), "utf8");
  const profiles = Object.values(connectivity);
  const cells = [
    ["", ...profiles.map(({ name }) => `\`${name}\``)],
    ["---", ...profiles.map(() => "---")],
    ...rows.map(([what, text]) => [what, ...profiles.map(text)]),
  ];
  const table = cells.map((row) => `| ${row.join(" | ")} |`).join("\n");
  expect(page.match(/<!-- profiles -->\n([\s\S]*?)\n?<!-- \/profiles -->/)?.[1], `the table should be:\n${table}`).toBe(table);
});
