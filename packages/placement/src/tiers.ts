/** The five tiers, from the data centre outwards. */
export type Tier = "cloud" | "regional-edge" | "metro-edge" | "access-edge" | "iot";

/** Level 1 is the data centre, 5 the sensor. `latencyMs` is assumed of a node that has not measured its own. */
export const tierFacts: { readonly [Name in Tier]: { readonly level: number; readonly latencyMs: number } } = Object.freeze({
  cloud: Object.freeze({ level: 1, latencyMs: 80 }),
  "regional-edge": Object.freeze({ level: 2, latencyMs: 40 }),
  "metro-edge": Object.freeze({ level: 3, latencyMs: 15 }),
  "access-edge": Object.freeze({ level: 4, latencyMs: 5 }),
  iot: Object.freeze({ level: 5, latencyMs: 5 }),
});

/** What a task is to the hierarchy, and the levels that suit it. */
export type TaskKind = "heavy" | "real-time" | "sensor";

/** Levels 1 and 2 take complex AI and bulk data, 3 and 4 real-time work, caching and small models, 5 sensors, basic filtering and alerts. */
export const levelsFor: { readonly [Kind in TaskKind]: readonly [first: number, last: number] } = Object.freeze({
  heavy: [1, 2],
  "real-time": [3, 4],
  sensor: [5, 5],
});
