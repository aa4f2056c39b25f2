/** Values that stand for "another one" where a value is one of few words. */
const words: readonly (readonly string[])[] = [
  ["fast", "normal", "none"],
  ["latency", "energy", "balanced"],
  ["git", "oci", "bundle"],
  ["IfNotPresent", "Never"],
  ["k3s", "kind", "managed"],
  ["cloud", "regional-edge", "metro-edge", "access-edge", "iot"],
];

/**
 * Other values of the same kind as one that is there. Several, because what is built from a value may round it, compare it with a bound or look at
 * one of its parts only.
 */
export const othersOf = (value: unknown): unknown[] => {
  if (typeof value === "number") return [value + 1, value * 2 + 60_000, Math.max(0, Math.floor(value / 3)), value * 1_000_003 + 1];
  if (typeof value === "boolean") return [!value];
  if (typeof value === "string") {
    const set = words.find((candidates) => candidates.includes(value));
    return set === undefined ? [`${value}-another`] : set.filter((word) => word !== value);
  }
  if (Array.isArray(value)) return value.length === 0 ? [] : [value.slice(1), ...othersOf(value[0]).map((other) => [other, ...value.slice(1)])];
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([key, item]) => [
      Object.fromEntries(Object.entries(value).filter(([other]) => other !== key)),
      ...othersOf(item).map((other) => ({ ...value, [key]: other })),
    ]);
  }
  return [];
};
