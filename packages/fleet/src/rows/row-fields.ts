import type { EntryFields } from "../entry-text.ts";
import type { Fleet } from "../model.ts";
import { type DeviceColumn, type DeviceRow, deviceColumns, parseLabels } from "./columns.ts";

/** A cell that cannot be read (FL3263), or that says something else than the row's cluster (FL3264). */
export interface CellProblem {
  readonly code: "FL3263" | "FL3264";
  readonly column: DeviceColumn;
  readonly message: string;
  readonly remedy: string;
}

/** Columns that are a field of the same name. */
const plain = ["cluster", "hardware", "connectivity", "address", "mac", "serial", "data", "power"] as const;
/** What its cluster decides for a device that has one. */
const ofCluster = ["site", "ring", "tier"] as const;

/** What has to be set in a device's entry for it to say what its row says; nothing where it does so already. */
export const fieldsToSet = (
  cells: Partial<DeviceRow>,
  present: DeviceRow | undefined,
  fleet: Fleet,
): { readonly fields: EntryFields; readonly problems: readonly CellProblem[] } => {
  const problems: CellProblem[] = [];
  const stated = (column: DeviceColumn): string | undefined => {
    const cell = cells[column] ?? "";
    return cell === "" || sameCell(column, cell, present?.[column] ?? "") ? undefined : cell;
  };
  const cluster = cells.cluster || present?.cluster;
  const fields: Record<string, EntryFields[string]> = {};
  const set = (key: string, value: EntryFields[string]): void => {
    if (value !== undefined) fields[key] = value;
  };
  for (const column of plain) set(column, stated(column));
  if (!cluster) for (const column of ofCluster) set(column, stated(column));
  else problems.push(...againstCluster(cells, cluster, fleet));
  // What every device has anyway is checked afterwards, and not written.
  const role = stated("role");
  if (role !== "alone" && (present !== undefined || role !== "agent")) set("role", role);
  if (present === undefined && fields.connectivity === connectivityOfSite(fleet, cluster, cells.site)) delete fields.connectivity;
  const slices = stated("gpu_slices");
  if (slices !== undefined && !/^\d{1,4}$/.test(slices)) {
    problems.push({
      code: "FL3263",
      column: "gpu_slices",
      message: `gpu_slices is ${slices}, not a whole number`,
      remedy: "Write a number from 1 to 16.",
    });
  } else if (slices !== undefined) set("gpu", { slices: Number(slices) });
  const labels = stated("labels");
  const pairs = labels === undefined ? undefined : parseLabels(labels);
  if (labels !== undefined && pairs === undefined) {
    problems.push({
      code: "FL3263",
      column: "labels",
      message: `labels is ${labels}, not pairs with different keys`,
      remedy: "Write labels like row=3;hall=north.",
    });
  }
  const had = parseLabels(present?.labels ?? "") ?? {};
  const changed = Object.entries(pairs ?? {}).filter(([key, value]) => !Object.hasOwn(had, key) || had[key] !== value);
  if (changed.length > 0) set("labels", Object.fromEntries(changed));
  // In the order of the columns: where it is comes before what it is.
  const order = deviceColumns.map((column) => (column === "gpu_slices" ? "gpu" : column));
  return { fields: Object.fromEntries(order.flatMap((key) => (fields[key] === undefined ? [] : [[key, fields[key]]]))), problems };
};

const againstCluster = (cells: Partial<DeviceRow>, name: string, fleet: Fleet): CellProblem[] => {
  const cluster = fleet.clusters.find((one) => one.name === name);
  return ofCluster.flatMap((column) => {
    const wanted = cells[column] ?? "";
    const has = cluster?.[column] ?? wanted;
    return wanted === "" || wanted === has ? [] : [{ code: "FL3264", column, ...contradiction(cells.id ?? "", column, wanted, has) }];
  });
};

/** What is said about a cell that is not what the fleet makes of a device. */
export const contradiction = (
  id: string,
  column: DeviceColumn,
  wanted: string,
  has: string,
): { readonly message: string; readonly remedy: string } => ({
  message: `${id} has ${column} ${has === "" ? "none" : has} by what else is said of it, not ${wanted}`,
  remedy: has === "" ? "Empty the cell." : `Write ${has}, or empty the cell.`,
});

const connectivityOfSite = (fleet: Fleet, cluster: string | undefined, site: string | undefined): string | undefined => {
  const name = fleet.clusters.find((one) => one.name === cluster)?.site ?? site;
  return fleet.sites.find((one) => one.name === name)?.connectivity.name;
};

/** Whether a cell asks for nothing else than there is: labels are only added and changed, MAC addresses have no case. */
export const sameCell = (column: DeviceColumn, cell: string, present: string): boolean => {
  if (column === "mac") return cell.toLowerCase() === present.toLowerCase();
  if (column === "labels") {
    const had = parseLabels(present) ?? {};
    return Object.entries(parseLabels(cell) ?? { "": "unreadable" }).every(([key, value]) => Object.hasOwn(had, key) && had[key] === value);
  }
  return cell === present;
};
