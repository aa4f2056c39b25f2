import type { FleetDocument, Path, Table } from "./document.ts";
import { withLayeredHost } from "./host/layered.ts";
import { laidOver } from "./layers.ts";
import { countOf, DEVICES_MAX, expand, parseDeviceKey } from "./ranges.ts";
import { isTable, tableOf, textOf } from "./raw.ts";
import type { Table as TableName } from "./schema.ts";

export { isTable, numberOf, tableOf, textOf, textsOf } from "./raw.ts";

/** The entries of a top-level table that are mappings, in the order of the files. */
export const entriesOf = (document: FleetDocument, table: TableName): [string, Table][] =>
  Object.entries(tableOf(document.raw[table])).filter((entry): entry is [string, Table] => isTable(entry[1]));

/** Every name of a top-level table, also of entries with a wrong shape: they exist, so references to them are fine. */
export const namesOf = (document: FleetDocument, table: TableName): readonly string[] => Object.keys(tableOf(document.raw[table]));

/** A device after ranges are expanded and refinements laid over them; its values are still unchecked. */
export interface DeclaredDevice {
  readonly id: string;
  /** Key of the range it comes from, or its own key. */
  readonly key: string;
  /** Number in its range. */
  readonly index?: number;
  readonly fields: Table;
  /** Path of the entry that states a field: the refinement when it does, else the range. */
  readonly pathOf: (field?: string) => Path;
}

const cache = new WeakMap<FleetDocument, readonly DeclaredDevice[]>();

/** The devices of a document, at most {@link DEVICES_MAX}; of two declarations of one id the first counts. */
export const declaredDevices = (document: FleetDocument): readonly DeclaredDevice[] => {
  let devices = cache.get(document);
  if (devices === undefined) {
    devices = expandDevices(document);
    cache.set(document, devices);
  }
  return devices;
};

const expandDevices = (document: FleetDocument): readonly DeclaredDevice[] => {
  const entries = new Map(entriesOf(document, "devices"));
  const devices = new Map<string, DeclaredDevice>();
  const inRange = new Set<string>();
  for (const [key, fields] of entries) {
    const parsed = parseDeviceKey(key);
    if (parsed.kind !== "range" || devices.size + countOf(parsed) > DEVICES_MAX) continue;
    for (const { id, index } of expand(parsed)) {
      inRange.add(id);
      if (devices.has(id)) continue;
      const own = entries.get(id);
      devices.set(id, {
        id,
        key,
        ...(index === undefined ? {} : { index }),
        fields: own === undefined ? fields : laidOver([{ table: fields }, { table: own }]),
        pathOf: (field) => [
          "devices",
          own !== undefined && (field === undefined || Object.hasOwn(own, field)) ? id : key,
          ...(field === undefined ? [] : [field]),
        ],
      });
    }
  }
  for (const [key, fields] of entries) {
    if (parseDeviceKey(key).kind !== "one" || inRange.has(key) || devices.size >= DEVICES_MAX) continue;
    devices.set(key, { id: key, key, fields, pathOf: (field) => ["devices", key, ...(field === undefined ? [] : [field])] });
  }
  for (const [id, device] of devices) devices.set(id, { ...device, fields: withLayeredHost(document, device) });
  return inFileOrder(entries.keys(), devices);
};

const inFileOrder = (keys: Iterable<string>, devices: ReadonlyMap<string, DeclaredDevice>): readonly DeclaredDevice[] => {
  const ordered = new Set<DeclaredDevice>();
  const byKey = Map.groupBy(devices.values(), ({ key }) => key);
  for (const key of keys) for (const device of byKey.get(key) ?? []) ordered.add(device);
  return [...ordered];
};

/** A target of a workload as declared: the cluster, the part when `on` names parts, and where that stands. */
export interface DeclaredTarget {
  readonly cluster: string;
  readonly part?: string;
  readonly path: Path;
}

/** A name that `on` and `to` may have besides a cluster's: `*`, or `tier:`, `ring:` or `site:` and the name of one. */
const selector = /^(?:(tier|ring|site):(.*)|\*)$/;

/** The names of the clusters that a word of `on` or `to` stands for, one or many. A word that stands for none gives itself. */
export const selectedClusters = (document: FleetDocument, word: string): readonly string[] => {
  const match = selector.exec(word);
  if (match === null) return [word];
  const [, field, value] = match;
  const chosen = clustersBy(document).get(field === undefined ? "*" : `${field}:${value}`);
  return chosen ?? [word];
};

const selections = new WeakMap<FleetDocument, Map<string, string[]>>();

/** Every selector that chooses something, with what it chooses in the order of the file. */
const clustersBy = (document: FleetDocument): ReadonlyMap<string, readonly string[]> => {
  let chosen = selections.get(document);
  if (chosen !== undefined) return chosen;
  chosen = new Map();
  for (const [name, fields] of entriesOf(document, "clusters")) {
    const words = ["*", ...["tier", "ring", "site"].flatMap((field) => (textOf(fields[field]) === undefined ? [] : [`${field}:${fields[field]}`]))];
    for (const word of words) chosen.set(word, [...(chosen.get(word) ?? []), name]);
  }
  selections.set(document, chosen);
  return chosen;
};

/** Where a workload is declared to run, whichever way `on` is written; a cluster that is chosen twice counts once. */
export const declaredTargets = (document: FleetDocument, workload: string, fields: Table): readonly DeclaredTarget[] => {
  const { on } = fields;
  const path = ["workloads", workload, "on"];
  const chosen = (word: unknown, at: Path, part?: string): DeclaredTarget[] =>
    typeof word === "string"
      ? selectedClusters(document, word).map((cluster) => ({ cluster, ...(part === undefined ? {} : { part }), path: at }))
      : [];
  if (typeof on === "string") return chosen(on, path);
  if (!Array.isArray(on)) return Object.entries(tableOf(on)).flatMap(([part, word]) => chosen(word, [...path, part], part));
  const targets = on.flatMap((word, index) => chosen(word, [...path, index]));
  return [...new Map(targets.toReversed().map((target) => [target.cluster, target])).values()].toReversed();
};

/** Clusters a collection goes to, with their places. */
export const declaredDestinations = (
  document: FleetDocument,
  collection: string,
  { from, to }: Table,
): readonly { readonly cluster: string; readonly path: Path }[] => {
  const path = ["collections", collection, "to"];
  const chosen = (word: unknown, at: Path) =>
    typeof word === "string"
      ? selectedClusters(document, word)
          // `*` stands for all others.
          .filter((cluster) => cluster === word || cluster !== from)
          .map((cluster) => ({ cluster, path: at }))
      : [];
  return Array.isArray(to) ? to.flatMap((word, index) => chosen(word, [...path, index])) : chosen(to, path);
};

/** The jurisdiction of a site: as declared, else its region up to the first hyphen. */
export const residencyOf = (site: Table): string | undefined => textOf(site.residency) ?? textOf(site.region)?.split("-")[0];

/** Options of workloads as one entry states them: of one workload, or of every workload of a place. */
export interface StatedOptions {
  readonly workload?: string;
  readonly table: Table;
  readonly path: Path;
}

/** The tables whose entries may say something of the workloads that run there. */
const placeTables = ["tiers", "rings", "sites", "clusters"] as const;

/** Every entry that states options of workloads, in the order of the layers. */
export const statedOptions = (document: FleetDocument): StatedOptions[] => {
  const places: [Path, Table][] = [
    [["defaults"], tableOf(document.raw.defaults)],
    ...placeTables.flatMap((table) => entriesOf(document, table).map(([name, fields]): [Path, Table] => [[table, name], fields])),
  ];
  return [
    ...entriesOf(document, "workloads").map(([workload, table]) => ({ workload, table, path: ["workloads", workload] })),
    ...places.flatMap(([path, { workload, workloads }]) => [
      ...(isTable(workload) ? [{ table: workload, path: [...path, "workload"] }] : []),
      ...Object.entries(tableOf(workloads)).map(([name, table]) => ({ workload: name, table: tableOf(table), path: [...path, "workloads", name] })),
    ]),
  ];
};
