import type { FleetDocument, Path, Table } from "./document.ts";
import { countOf, DEVICES_MAX, expand, parseDeviceKey } from "./ranges.ts";
import type { Table as TableName } from "./schema.ts";

/** Tolerant readers over the unchecked tree: what has the wrong shape reads as absent, because the shape rules name it. */
export const isTable = (value: unknown): value is Table => typeof value === "object" && value !== null && !Array.isArray(value);
export const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
export const numberOf = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
export const tableOf = (value: unknown): Table => (isTable(value) ? value : {});
export const textsOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((item) => typeof item === "string") : []);

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
        fields: own === undefined ? fields : laidOver(fields, own),
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
  return inFileOrder(entries.keys(), devices);
};

const laidOver = (range: Table, own: Table): Table => ({ ...range, ...own, labels: { ...tableOf(range.labels), ...tableOf(own.labels) } });

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

/** Where a workload is declared to run, whichever way `on` is written. */
export const declaredTargets = (workload: string, fields: Table): readonly DeclaredTarget[] => {
  const { on } = fields;
  const path = ["workloads", workload, "on"];
  if (typeof on === "string") return [{ cluster: on, path }];
  if (Array.isArray(on)) return on.flatMap((cluster, index) => (typeof cluster === "string" ? [{ cluster, path: [...path, index] }] : []));
  return Object.entries(tableOf(on)).flatMap(([part, cluster]) => (typeof cluster === "string" ? [{ cluster, part, path: [...path, part] }] : []));
};

/** Clusters a collection goes to, with their places. */
export const declaredDestinations = (collection: string, { to }: Table): readonly { readonly cluster: string; readonly path: Path }[] => {
  const path = ["collections", collection, "to"];
  if (typeof to === "string") return [{ cluster: to, path }];
  return Array.isArray(to) ? to.flatMap((cluster, index) => (typeof cluster === "string" ? [{ cluster, path: [...path, index] }] : [])) : [];
};

/** The jurisdiction of a site: as declared, else its region up to the first hyphen. */
export const residencyOf = (site: Table): string | undefined => textOf(site.residency) ?? textOf(site.region)?.split("-")[0];
