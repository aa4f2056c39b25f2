import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Finding, FoglineError, fail, nearest, ok, type Place, type Result, textOf } from "@fogline/findings";
import { type Device, type Fleet, type FleetFile, type ImportRow, importRows, parseFleet } from "@fogline/fleet";
import { readTable } from "../csv/read.ts";

/** One device that an image is asked for, and where. */
export interface Wanted {
  readonly device: Device;
  readonly place?: Place;
}

/** The fleet as it will be, the files of it that change, and the devices that images are wanted for. */
export interface Wish {
  readonly fleet: Fleet;
  readonly wanted: readonly Wanted[];
  readonly changed: readonly FleetFile[];
}

const columns = ["device", "serial", "mac"] as const;

/** The bytes of a table. Throws FL3260 where there are none. */
export const tableBytes = (workingFolder: string, file: string): Promise<Uint8Array> =>
  readFile(resolve(workingFolder, file)).catch((cause: unknown) => {
    throw new FoglineError("FL3260", `${file} cannot be read: ${textOf(cause)}`, { remedy: "Name an existing CSV file.", cause });
  });

/** Devices of a fleet by name, or why there is none of a name. */
export const findDevice = (fleet: Fleet, id: string, place?: Place): Result<Device, Finding> => {
  const device = fleet.devices.find((one) => one.id === id);
  if (device !== undefined) return ok(device);
  const meant = nearest(
    id,
    fleet.devices.map((one) => one.id),
  );
  return fail({
    code: "FL4130",
    severity: "error",
    message: id === "" ? "no device is named" : `the fleet has no device ${id}`,
    ...(place === undefined ? {} : { place }),
    ...(id === "" ? {} : { value: id }),
    remedy: meant === undefined ? `Declare it first: \`fogline fleet add-device ${id || "<id>"}\`.` : `Write ${meant}, or declare it first.`,
  });
};

/** The devices of a table of boards: which there are, with the serial numbers and MAC addresses that the fleet file does not have yet. */
export const wishOfTable = async (
  workingFolder: string,
  file: string,
  { fleet, files }: { readonly fleet: Fleet; readonly files: readonly FleetFile[] },
): Promise<Result<Wish, readonly Finding[]>> => {
  const table = readTable(await tableBytes(workingFolder, file), file, columns, ["device"]);
  if (!table.ok) return table;
  const found = table.value.map(({ cells, placeOf }) => findDevice(fleet, cells.device ?? "", placeOf("device")));
  const unknown = found.flatMap((one) => (one.ok ? [] : [one.failure]));
  const known = table.value.filter((_, index) => found[index]?.ok);
  const rows = known.map(
    ({ cells: { device = "", ...cells }, placeOf }): ImportRow => ({
      cells: { id: device, ...cells },
      placeOf: (column) => placeOf(column === "id" ? "device" : column === "serial" || column === "mac" ? column : undefined),
    }),
  );
  const imported = importRows(files, rows);
  const problems = [...unknown, ...(imported.ok ? [] : imported.failure)].toSorted((a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0));
  if (problems.length > 0 || !imported.ok) return fail(problems);
  const after = parseFleet(merged(files, imported.value.files)).fleet;
  if (after === undefined) return fail(parseFleet(merged(files, imported.value.files)).findings);
  const wanted = known.flatMap(({ cells, placeOf }): Wanted[] => {
    const device = after.devices.find(({ id }) => id === cells.device);
    return device === undefined ? [] : [{ device, place: placeOf("device") }];
  });
  return ok({ fleet: after, wanted, changed: imported.value.files });
};

/** Files with others over them. */
export const merged = (files: readonly FleetFile[], over: readonly FleetFile[]): readonly FleetFile[] => {
  const texts = new Map(over.map(({ path, text }) => [path, text]));
  return [
    ...files.map(({ path, text }) => ({ path, text: texts.get(path) ?? text })),
    ...over.filter(({ path }) => files.every((file) => file.path !== path)),
  ];
};
