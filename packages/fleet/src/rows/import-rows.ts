import { codes, type Finding, fail, ok, type Place, type Result } from "@fogline/findings";
import { buildFleet } from "../build.ts";
import { entriesOf, namesOf } from "../declared.ts";
import { type FleetDocument, type FleetFile, readFleetDocument } from "../document.ts";
import { type EntryFields, insertDevices, type NewEntry, setDeviceFields } from "../entry-text.ts";
import type { Fleet } from "../model.ts";
import { checkFleet, parseFleet } from "../parse.ts";
import { type DeviceColumn, type DeviceRow, deviceColumns } from "./columns.ts";
import { deviceRows } from "./device-rows.ts";
import { contradiction, fieldsToSet, sameCell } from "./row-fields.ts";

/** A row to import: what it states of one device, and where in its table that stands. */
export interface ImportRow {
  readonly cells: Partial<DeviceRow> & { readonly id: string };
  /** The place of a cell, or of the row. */
  readonly placeOf: (column?: DeviceColumn) => Place;
}

export interface ImportOptions {
  /** The file that gets new devices. Default: the one that declares their cluster, or else their site. */
  readonly into?: string;
}

export interface Imported {
  /** The files that changed, or are new. */
  readonly files: readonly FleetFile[];
  readonly added: readonly string[];
  readonly updated: readonly string[];
}

type ImportCode = "FL3262" | "FL3263" | "FL3264" | "FL3265";

const importFinding = (code: ImportCode, message: string, place: Place, value?: string, remedy: string = codes[code].remedy): Finding => ({
  code,
  severity: "error",
  message,
  place,
  ...(value === undefined ? {} : { value }),
  remedy,
});

/**
 * The files of a fleet with the devices of rows: those that it does not have are added, of the others the cells that say something else are set. Empty
 * cells say nothing. Comments, order and everything else stay to the letter. Afterwards the fleet says what the rows say, or nothing is changed and
 * every problem is named at its cell. Devices that no row names stay as they are.
 */
export const importRows = (
  files: readonly FleetFile[],
  rows: readonly ImportRow[],
  options: ImportOptions = {},
): Result<Imported, readonly Finding[]> => {
  const before = readFleetDocument(files);
  const errors = checkFleet(before).filter(({ severity }) => severity === "error");
  if (errors.length > 0) return fail(errors);
  const fleet = buildFleet(before);
  const known = new Map(deviceRows(before, fleet).map((row) => [row.id, row]));
  const { plans, problems } = planRows(rows, known, fleet);
  const { files: edited, shared } = applyPlans(files, { document: before, fleet }, plans, options);
  const byId = new Map(rows.map((row) => [row.cells.id, row]));
  const after = parseFleet(edited);
  const refused = after.findings.filter(({ severity }) => severity === "error").map((finding) => atCell(finding, byId));
  const again = after.fleet === undefined ? undefined : new Map(deviceRows(readFleetDocument(edited), after.fleet).map((row) => [row.id, row]));
  const different = again === undefined || problems.length + shared.length > 0 ? [] : contradictions(again, known, byId);
  const all = [...problems, ...shared.map((id) => sharedEntry(id, byId.get(id))), ...refused, ...different];
  if (all.length > 0) return fail(all.toSorted(byPlace));
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  return ok({
    files: edited.filter(({ path, text }) => texts.get(path) !== text),
    added: plans.filter(({ isNew }) => isNew).map(({ id }) => id),
    updated: plans.filter(({ isNew }) => !isNew).map(({ id }) => id),
  });
};

const byPlace = ({ place: a }: Finding, { place: b }: Finding): number => (a?.line ?? 0) - (b?.line ?? 0) || (a?.column ?? 0) - (b?.column ?? 0);

interface Plan {
  readonly id: string;
  readonly isNew: boolean;
  readonly fields: EntryFields;
  readonly cells: ImportRow["cells"];
}

/** What each row asks for; rows that ask for nothing have no plan. */
const planRows = (rows: readonly ImportRow[], known: ReadonlyMap<string, DeviceRow>, fleet: Fleet): { plans: Plan[]; problems: Finding[] } => {
  const problems: Finding[] = [];
  const plans: Plan[] = [];
  const seen = new Set<string>();
  for (const { cells, placeOf } of rows) {
    const { id } = cells;
    const wrongId = idProblem(id, seen);
    if (wrongId !== undefined) problems.push(importFinding("FL3262", wrongId.message, placeOf("id"), id, wrongId.remedy));
    const present = known.get(id);
    const { fields, problems: wrong } = fieldsToSet(cells, present, fleet);
    problems.push(...wrong.map(({ code, column, message, remedy }) => importFinding(code, message, placeOf(column), cells[column], remedy)));
    if (wrongId === undefined && (present === undefined || Object.keys(fields).length > 0))
      plans.push({ id, isNew: present === undefined, fields, cells });
    seen.add(id);
  }
  return { plans, problems };
};

const idProblem = (id: string, seen: ReadonlySet<string>): { readonly message: string; readonly remedy?: string } | undefined => {
  if (id === "") return { message: "the row names no device" };
  if (/[[\]]/.test(id)) return { message: `${id} is a range, and a row is one device`, remedy: "Write one row a device." };
  return seen.has(id) ? { message: `${id} has two rows`, remedy: "Keep one of them." } : undefined;
};

const applyPlans = (
  files: readonly FleetFile[],
  { document, fleet }: { readonly document: FleetDocument; readonly fleet: Fleet },
  plans: readonly Plan[],
  { into }: ImportOptions,
): { files: FleetFile[]; shared: string[] } => {
  const main = files[0]?.path ?? "clusters/fleet.yaml";
  const written = new Set(namesOf(document, "devices"));
  const fileOfDevice = new Map(fleet.devices.map(({ id, place }) => [id, place.file]));
  const inserted = new Map<string, NewEntry[]>();
  const changes = new Map<string, EntryFields>();
  for (const { id, isNew, fields, cells } of plans) {
    if (written.has(id)) changes.set(id, fields);
    else {
      // A device of a range gets an entry of its own, beside the range, that refines it.
      const path = isNew ? (into ?? fileOf(document, cells) ?? main) : (fileOfDevice.get(id) ?? main);
      inserted.set(path, [...(inserted.get(path) ?? []), { key: id, fields }]);
    }
  }
  const shared: string[] = [];
  const present = [...files, ...[...inserted.keys()].filter((path) => files.every((file) => file.path !== path)).map((path) => ({ path, text: "" }))];
  const edited = present.map(({ path, text }) => {
    const changed = changes.size === 0 ? { text, shared: [] } : setDeviceFields(text, changes);
    shared.push(...changed.shared);
    const entries = inserted.get(path);
    return { path, text: entries === undefined ? changed.text : insertDevices(changed.text, entries) };
  });
  return { files: edited, shared };
};

/** The file that holds a device's cluster, or else its site: its neighbours are there. */
export const fileOf = (document: FleetDocument, { cluster, site }: { readonly cluster?: string; readonly site?: string }): string | undefined => {
  const holds = (table: "clusters" | "sites", name: string | undefined): string | undefined =>
    name !== undefined && entriesOf(document, table).some(([entry]) => entry === name) ? document.placeOf([table, name], "key").file : undefined;
  return holds("clusters", cluster) ?? holds("sites", site);
};

const sharedEntry = (id: string, row: ImportRow | undefined): Finding =>
  importFinding("FL3265", `the entry of ${id} takes a part from elsewhere in the fleet file, by an alias`, row?.placeOf() ?? {}, id);

/** What the fleet's rules say about an imported value is shown at its cell. */
const atCell = (finding: Finding, rows: ReadonlyMap<string, ImportRow>): Finding => {
  const [, path] = /^devices\.(.*)$/s.exec(finding.place?.path ?? "") ?? [];
  if (path === undefined) return finding;
  // An id that is no name may hold dots itself.
  const parts = path.split(".");
  const ids = parts.map((_, index) => parts.slice(0, index + 1).join("."));
  const id = ids.findLast((candidate) => rows.has(candidate));
  const row = rows.get(id ?? "");
  if (id === undefined || row === undefined) return finding;
  const [field] = path.slice(id.length + 1).split(".");
  const column = field === "gpu" ? "gpu_slices" : deviceColumns.find((name) => name === field);
  return { ...finding, place: row.placeOf(column ?? "id") };
};

/** Where the fleet says something else than a row afterwards, or a device changed that no row names. */
const contradictions = (
  after: ReadonlyMap<string, DeviceRow>,
  before: ReadonlyMap<string, DeviceRow>,
  rows: ReadonlyMap<string, ImportRow>,
): Finding[] => {
  const within = [...rows].flatMap(([id, { cells, placeOf }]) =>
    deviceColumns.flatMap((column) => {
      const wanted = cells[column] ?? "";
      const has = after.get(id)?.[column] ?? "";
      if (wanted === "" || sameCell(column, wanted, has)) return [];
      const { message, remedy } = contradiction(id, column, wanted, has);
      return [importFinding("FL3264", message, placeOf(column), wanted, remedy)];
    }),
  );
  const beside = [...before.values()].filter(
    (row) => !rows.has(row.id) && deviceColumns.some((column) => after.get(row.id)?.[column] !== row[column]),
  );
  const [anyRow] = rows.values();
  return [...within, ...beside.map(({ id }) => importFinding("FL3265", `${id} would change too, and no row names it`, anyRow?.placeOf() ?? {}, id))];
};
