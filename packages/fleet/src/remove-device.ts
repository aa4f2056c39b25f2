import { type Finding, fail, ok, type Result } from "@fogline/findings";
import { isMap, isScalar, parseDocument } from "yaml";
import { declaredDevices } from "./declared.ts";
import { type FleetFile, readFleetDocument } from "./document.ts";
import { parseFleet } from "./parse.ts";
import { type DeviceKey, parseDeviceKey } from "./ranges.ts";
import { finding } from "./report.ts";

/** A file of a fleet with a new text. */
export interface EditedFile {
  readonly path: string;
  readonly text: string;
}

/**
 * The files of a fleet that change when a device leaves it: its own entries go, and ranges that hold it are shortened or split. Everything else stays as
 * it is to the letter. Refused with findings when the files have errors, when they would have some without the device, or when it is not there.
 */
export const removeDevice = (files: readonly FleetFile[], id: string): Result<readonly EditedFile[], readonly Finding[]> => {
  const errorsBefore = errorsOf(files);
  if (errorsBefore.length > 0) return fail(errorsBefore);
  const document = readFleetDocument(files);
  if (!declaredDevices(document).some((device) => device.id === id)) {
    const remedy = "Name a device of the fleet file; `fogline fleet show` has them all.";
    return fail([finding("FL1042", `${id} is not a device of the fleet`, document.placeOf(["devices"], "key"), { value: id, remedy })]);
  }
  const edited = files.map(({ path, text }) => ({ path, text: withoutDevice(text, id) }));
  const errors = errorsOf(edited);
  return errors.length > 0 ? fail(errors) : ok(edited.filter(({ text }, index) => text !== files[index]?.text));
};

const errorsOf = (files: readonly FleetFile[]): readonly Finding[] => parseFleet(files).findings.filter(({ severity }) => severity === "error");

type Range = Extract<DeviceKey, { kind: "range" }>;

/** The keys that are left of a range without one of its devices; undefined when it does not hold it. */
export const keysWithout = (range: Range, id: string): readonly string[] | undefined => {
  const { prefix, suffix, from, to, digits } = range;
  const written = (number: number) => String(number).padStart(digits, "0");
  const middle = id.slice(prefix.length, id.length - suffix.length);
  const index = Number(middle);
  if (id !== `${prefix}${middle}${suffix}` || !/^\d+$/.test(middle) || written(index) !== middle || index < from || index > to) return undefined;
  const key = (first: number, last: number) => (first > last ? [] : [`${prefix}[${written(first)}-${written(last)}]${suffix}`]);
  return [...key(from, index - 1), ...key(index + 1, to)];
};

const withoutDevice = (text: string, id: string): string => {
  const devices = parseDocument(text, { prettyErrors: false, logLevel: "error", uniqueKeys: false }).get("devices", true);
  if (!isMap(devices)) return text;
  const edits = devices.items.flatMap(({ key, value }) => {
    if (!isScalar(key) || !key.range) return [];
    const declared = parseDeviceKey(String(key.value));
    const keys = declared.kind === "one" && declared.id === id ? [] : declared.kind === "range" ? keysWithout(declared, id) : undefined;
    if (keys === undefined) return [];
    const valueEnd = (value as { readonly range?: readonly number[] } | null)?.range?.[1] ?? key.range[1];
    return [{ keyFrom: key.range[0], keyTo: key.range[1], valueEnd, keys }];
  });
  return edits.toReversed().reduce((rest, { keyFrom, keyTo, valueEnd, keys }) => {
    const from = rest.lastIndexOf("\n", keyFrom - 1) + 1;
    const newline = rest[valueEnd - 1] === "\n" ? valueEnd - 1 : rest.indexOf("\n", valueEnd);
    const to = newline < 0 ? rest.length : newline + 1;
    const entries = keys.map((key) => rest.slice(from, keyFrom) + key + rest.slice(keyTo, to));
    return rest.slice(0, from) + entries.join("") + rest.slice(to);
  }, text);
};
