import type { Tier } from "@fogline/fleet";

/** The round trip in ms that is assumed of a node which has not measured its own. */
export const tierLatencyMs: { readonly [Name in Tier]: number } = Object.freeze({
  cloud: 80,
  "regional-edge": 40,
  "metro-edge": 15,
  "access-edge": 5,
  iot: 5,
});

/** What a task is to the hierarchy, and the levels that suit it. */
export type TaskKind = "heavy" | "real-time" | "sensor";

/** Levels 1 and 2 take complex AI and bulk data, 3 and 4 real-time work, caching and small models, 5 sensors, basic filtering and alerts. */
export const levelsFor: { readonly [Kind in TaskKind]: readonly [first: number, last: number] } = Object.freeze({
  heavy: [1, 2],
  "real-time": [3, 4],
  sensor: [5, 5],
});
