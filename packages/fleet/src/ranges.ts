/** A fleet has at most this many devices; a range that exceeds it is refused before it is expanded. */
export const DEVICES_MAX = 10_000;

/** The devices that one key of `devices` declares. */
export type DeviceKey =
  | { readonly kind: "one"; readonly id: string }
  | { readonly kind: "range"; readonly prefix: string; readonly suffix: string; readonly from: number; readonly to: number; readonly digits: number }
  | { readonly kind: "malformed" };

const RANGE = /^([^[\]]*)\[(\d{1,9})-(\d{1,9})\]([^[\]]*)$/;

/** Reads `pi-[1-6]`, `rack-[01-12]-a` or `pi-1`. More than one range, or one from high to low, is malformed. */
export const parseDeviceKey = (key: string): DeviceKey => {
  if (!/[[\]]/.test(key)) return { kind: "one", id: key };
  const match = RANGE.exec(key);
  if (match === null) return { kind: "malformed" };
  const [, prefix = "", first = "", last = "", suffix = ""] = match;
  const from = Number(first);
  const to = Number(last);
  if (from > to) return { kind: "malformed" };
  return { kind: "range", prefix, suffix, from, to, digits: first.startsWith("0") ? first.length : 1 };
};

/** How many devices a key declares. */
export const countOf = (key: DeviceKey): number => (key.kind === "range" ? key.to - key.from + 1 : key.kind === "one" ? 1 : 0);

/** The first and the last id of a key; no other id of it is shorter or longer. */
export const outermost = (key: DeviceKey): readonly string[] =>
  key.kind === "range" ? [idIn(key, key.from), idIn(key, key.to)] : key.kind === "one" ? [key.id] : [];

const idIn = ({ prefix, suffix, digits }: Extract<DeviceKey, { kind: "range" }>, index: number): string =>
  `${prefix}${String(index).padStart(digits, "0")}${suffix}`;

/** Ids of a key with the number of each device in its range. */
export const expand = function* (key: DeviceKey): Generator<{ readonly id: string; readonly index?: number }> {
  if (key.kind === "one") yield { id: key.id };
  if (key.kind !== "range") return;
  for (let index = key.from; index <= key.to; index++) yield { id: idIn(key, index), index };
};
