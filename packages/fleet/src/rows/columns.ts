/** The columns of the devices' table, in the order in which it is written. */
export const deviceColumns = [
  "id",
  "cluster",
  "site",
  "hardware",
  "role",
  "ring",
  "tier",
  "connectivity",
  "address",
  "mac",
  "serial",
  "data",
  "power",
  "gpu_slices",
  "labels",
] as const;
export type DeviceColumn = (typeof deviceColumns)[number];

/** One device as a row of text; an empty cell states nothing. */
export type DeviceRow = Readonly<Record<DeviceColumn, string>>;

/** What a label's key must not hold as it is, since it separates labels here. */
const separators = /[%;=]/g;

/** Labels as a cell has them: `row=3;gpu=yes`, sorted. */
export const labelsText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key.replaceAll(separators, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)}=${value}`)
    .join(";");

/** The labels of a cell; `undefined` when it is not written as pairs, or has a key twice. */
export const parseLabels = (text: string): Readonly<Record<string, string>> | undefined => {
  const labels = new Map<string, string>();
  for (const pair of text.split(";").map((part) => part.trim())) {
    if (pair === "") continue;
    const at = pair.lastIndexOf("=");
    const key = pair.slice(0, at).replaceAll(/%(25|3B|3D)/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
    if (at < 1 || labels.has(key)) return undefined;
    labels.set(key, pair.slice(at + 1));
  }
  return Object.fromEntries(labels);
};
