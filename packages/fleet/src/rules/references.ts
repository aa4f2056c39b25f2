import { connectivityNames } from "../connectivity.ts";
import { declaredDestinations, declaredTargets, entriesOf, namesOf, statedOptions, tableOf, textOf, textsOf } from "../declared.ts";
import type { FleetDocument } from "../document.ts";
import { hardwareNames } from "../hardware.ts";
import type { Table } from "../schema.ts";
import { tierNames } from "../tiers.ts";
import { type FleetRule, reference, type Use } from "./rule.ts";

/** What a field of every entry of a table names. */
const field = (document: FleetDocument, table: Table, key: string): Use[] =>
  entriesOf(document, table).flatMap(([entry, fields]) => {
    const name = fields[key];
    return typeof name === "string" ? [{ name, path: [table, entry, key] }] : [];
  });

const siteUses = (document: FleetDocument): Use[] => [
  ...field(document, "sites", "uplink"),
  ...field(document, "clusters", "site"),
  ...field(document, "devices", "site"),
];

const clusterUses = (document: FleetDocument): Use[] => [
  ...field(document, "devices", "cluster"),
  ...entriesOf(document, "workloads").flatMap(([name, fields]) =>
    declaredTargets(document, name, fields).map(({ cluster, path }) => ({ name: cluster, path })),
  ),
  ...field(document, "workloads", "aggregatesTo"),
  ...field(document, "collections", "from"),
  ...entriesOf(document, "collections").flatMap(([name, fields]) =>
    declaredDestinations(document, name, fields).map(({ cluster, path }) => ({ name: cluster, path })),
  ),
  ...(Array.isArray(document.raw.exceptions) ? document.raw.exceptions : []).flatMap((exception, index) => {
    const name = textOf(tableOf(exception).cluster);
    return name === undefined ? [] : [{ name, path: ["exceptions", index, "cluster"] }];
  }),
];

const ringUses = (document: FleetDocument): Use[] => [
  ...field(document, "clusters", "ring"),
  ...field(document, "devices", "ring"),
  ...entriesOf(document, "workloads").flatMap(([workload, { version }]) =>
    Object.keys(tableOf(version)).map((name) => ({ name, path: ["workloads", workload, "version", name] })),
  ),
];

const profileUses = (document: FleetDocument): Use[] => [
  ...field(document, "connectivity", "like"),
  ...field(document, "sites", "connectivity"),
  ...field(document, "devices", "connectivity"),
];

const collectionUses = (document: FleetDocument): Use[] =>
  entriesOf(document, "workloads").flatMap(([workload, { syncs }]) =>
    textsOf(syncs).map((name) => ({ name, path: ["workloads", workload, "syncs", Array.isArray(syncs) ? syncs.indexOf(name) : 0] })),
  );

/** Workloads that a place says something of, and those that another one talks to. */
const workloadUses = (document: FleetDocument): Use[] => [
  ...statedOptions(document).flatMap(({ workload, path }) => (workload === undefined || path[0] === "workloads" ? [] : [{ name: workload, path }])),
  ...statedOptions(document).flatMap(({ table, path }) =>
    textsOf(table.uses).map((name) => ({ name, path: [...path, "uses", Array.isArray(table.uses) ? table.uses.indexOf(name) : 0] })),
  ),
];

/** Every name that stands for something else must exist. */
export const referenceRules: readonly FleetRule[] = [
  reference("FL1030", "site", siteUses, (document) => namesOf(document, "sites")),
  reference("FL1031", "cluster", clusterUses, (document) => namesOf(document, "clusters")),
  reference("FL1032", "ring", ringUses, (document) => namesOf(document, "rings")),
  reference(
    "FL1033",
    "hardware profile",
    (document) => field(document, "devices", "hardware"),
    () => hardwareNames,
  ),
  reference("FL1034", "connectivity profile", profileUses, (document) => [...connectivityNames, ...namesOf(document, "connectivity")]),
  reference(
    "FL1035",
    "tier",
    (document) => [
      ...field(document, "clusters", "tier"),
      ...field(document, "devices", "tier"),
      ...namesOf(document, "tiers").map((name) => ({ name, path: ["tiers", name] })),
    ],
    () => tierNames,
  ),
  reference("FL1037", "workload", workloadUses, (document) => namesOf(document, "workloads")),
  reference("FL1036", "collection", collectionUses, (document) => namesOf(document, "collections")),
];
