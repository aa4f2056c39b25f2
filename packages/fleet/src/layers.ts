import type { FleetDocument, Path, Table } from "./document.ts";
import { isTable, tableOf, textOf } from "./raw.ts";

/**
 * Where a value can be stated, from the widest to the narrowest. What is said of every workload comes before what is said of one; within each, a
 * narrower place wins over a wider one. Mappings are laid over each other key by key, everything else replaces what it covers.
 */
export type LayerName = "defaults" | "profile" | "workload" | "tier" | "ring" | "site" | "cluster" | "device";

/** One layer of one thing: what it states, and where in the fleet file. */
export interface Layer {
  readonly name: LayerName;
  readonly table: Table;
  readonly path: Path;
}

/** A value as one layer states it. */
export interface Statement {
  readonly layer: LayerName;
  readonly value: unknown;
  readonly path: Path;
}

/** The layers laid over each other. */
export const laidOver = (layers: readonly { readonly table: Table }[]): Table => {
  const [first, ...others] = layers;
  return others.reduce<Table>((under, { table }) => over(under, table), first?.table ?? {});
};

const over = (under: Table, upper: Table): Table => {
  const result: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(upper)) {
    const beneath = result[key];
    result[key] = isTable(beneath) && isTable(value) ? over(beneath, value) : value;
  }
  return result;
};

/** Every layer that states a value at `keys`, the one that counts last; of a mapping each layer that has a part in it. */
export const statementsAt = (layers: readonly Layer[], keys: Path): Statement[] =>
  layers.flatMap(({ name, table, path }) => {
    let value: unknown = table;
    for (const [depth, key] of keys.entries()) {
      // A whole that replaced the part: it is what states it.
      if (!isTable(value)) return depth === 0 || value === undefined ? [] : [{ layer: name, value, path: [...path, ...keys.slice(0, depth)] }];
      value = Object.hasOwn(value, String(key)) ? value[String(key)] : undefined;
    }
    return value === undefined ? [] : [{ layer: name, value, path: [...path, ...keys] }];
  });

interface Place {
  readonly name: LayerName;
  readonly path: Path;
}

/** The entries that a cluster belongs to, from the widest. */
const placesOf = (document: FleetDocument, cluster: string): Place[] => {
  const fields = tableOf(tableOf(document.raw.clusters)[cluster]);
  const place = (name: LayerName, table: string, entry: string | undefined): Place[] => (entry === undefined ? [] : [{ name, path: [table, entry] }]);
  return [
    { name: "defaults", path: ["defaults"] },
    ...place("tier", "tiers", textOf(fields.tier)),
    ...place("ring", "rings", textOf(fields.ring)),
    ...place("site", "sites", textOf(fields.site)),
    ...place("cluster", "clusters", cluster),
  ];
};

const tableAt = (document: FleetDocument, path: Path): Table => path.reduce<Table>((table, key) => tableOf(table[String(key)]), document.raw);

const layersAt = (document: FleetDocument, places: readonly Place[], ...keys: string[]): Layer[] =>
  places.flatMap(({ name, path }) => {
    const table = tableAt(document, [...path, ...keys]);
    return Object.keys(table).length === 0 ? [] : [{ name, table, path: [...path, ...keys] }];
  });

/** What is stated of a workload in a cluster, in the order in which it counts. */
export const workloadLayers = (document: FleetDocument, cluster: string, workload: string): Layer[] => {
  const places = placesOf(document, cluster);
  return [
    ...layersAt(document, places, "workload"),
    { name: "workload", table: tableAt(document, ["workloads", workload]), path: ["workloads", workload] },
    ...layersAt(document, places, "workloads", workload),
  ];
};

/** Where a device stands: what of its fields decides which layers it gets. */
export interface DeviceHome {
  readonly cluster?: string | undefined;
  readonly site?: string | undefined;
  readonly tier?: string | undefined;
  readonly ring?: string | undefined;
}

/** What is stated of a device's host, in the order in which it counts, its own statement last. */
export const hostLayers = (document: FleetDocument, { cluster, site, tier, ring }: DeviceHome, own: Layer | undefined): Layer[] => {
  const alone: Place[] = [
    { name: "defaults", path: ["defaults"] },
    ...(tier === undefined ? [] : [{ name: "tier" as const, path: ["tiers", tier] }]),
    ...(ring === undefined ? [] : [{ name: "ring" as const, path: ["rings", ring] }]),
    ...(site === undefined ? [] : [{ name: "site" as const, path: ["sites", site] }]),
  ];
  const places = cluster === undefined ? alone : placesOf(document, cluster);
  return [...layersAt(document, places, "host"), ...(own === undefined ? [] : [own])];
};
