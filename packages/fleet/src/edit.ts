import { type Finding, fail, ok, type Result } from "@fogline/findings";
import { Document, isMap, isScalar, LineCounter, parseDocument, type YAMLMap } from "yaml";
import { declaredDevices } from "./declared.ts";
import { type FleetFile, readFleetDocument } from "./document.ts";
import { parseFleet } from "./parse.ts";
import { expand, parseDeviceKey } from "./ranges.ts";
import { finding } from "./report.ts";

/** A device to add, in the words of the fleet file. `id` may be a range such as pi-[1-6]. */
export interface NewDevice {
  readonly id: string;
  readonly cluster?: string;
  readonly site?: string;
  readonly hardware?: string;
  readonly role?: string;
  readonly tier?: string;
  readonly ring?: string;
  readonly connectivity?: string;
  readonly address?: string;
  readonly mac?: string;
  readonly serial?: string;
  readonly data?: string;
  readonly power?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Where the edited text belongs, for findings and for references into the other files of a fleet. */
export interface EditContext {
  /** Path of the edited file. Default clusters/fleet.yaml. */
  readonly path?: string;
  /** The fleet's other files; the main one first when it is not the edited one. */
  readonly others?: readonly FleetFile[];
}

/**
 * The text of a fleet file with one more device. Everything else stays as it is to the letter: comments, order, spaces.
 * Refused with findings when the file has errors, when the result would have some, or when the device is there already.
 */
export const addDevice = (text: string, device: NewDevice, context: EditContext = {}): Result<string, readonly Finding[]> => {
  const path = context.path ?? "clusters/fleet.yaml";
  const filesWith = (edited: string): readonly FleetFile[] => [{ path, text: edited }, ...(context.others ?? [])];
  const errorsBefore = errorsOf(filesWith(text));
  if (errorsBefore.length > 0) return fail(errorsBefore);
  const before = readFleetDocument(filesWith(text));
  const present = new Set(declaredDevices(before).map(({ id }) => id));
  const again = [...firstIds(device.id)].find((id) => present.has(id));
  if (again !== undefined) {
    const place = before.placeOf(["devices", again], "key");
    return fail([finding("FL1042", `${again} is there already`, place, { value: again, remedy: "Choose another id, or edit that device." })]);
  }
  const edited = insertEntry(text, device);
  const errors = errorsOf(filesWith(edited));
  return errors.length > 0 ? fail(errors) : ok(edited);
};

const errorsOf = (files: readonly FleetFile[]): readonly Finding[] => parseFleet(files).findings.filter(({ severity }) => severity === "error");

/** Ids of a key, as many as a comparison needs; a range beyond the limit is refused when the result is checked. */
const firstIds = function* (key: string): Generator<string> {
  let count = 0;
  for (const { id } of expand(parseDeviceKey(key))) {
    if (++count > 10_000) return;
    yield id;
  }
};

const insertEntry = (text: string, { id, ...fields }: NewDevice): string => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const entry = entryText(id, fields);
  const devices = document.get("devices", true);
  if (isMap(devices) && devices.flow !== true && devices.items.length > 0) {
    const { offset, indent } = endOf(devices, text, lines);
    const before = text.slice(0, offset);
    return `${before}${before.endsWith("\n") ? "" : newline}${" ".repeat(indent)}${entry}${newline}${text.slice(offset)}`;
  }
  if (document.contents === null || (isMap(document.contents) && document.contents.flow !== true && !document.has("devices"))) {
    return `${text}${text === "" || text.endsWith("\n") ? "" : newline}${newline}devices:${newline}  ${entry}${newline}`;
  }
  // An empty `devices` or a file written as one flow mapping: there is no line to insert, so the tree is edited and written.
  document.setIn(["devices", id], document.createNode(definedOf(fields), { flow: true }));
  return document.toString({ lineWidth: 0 });
};

const definedOf = (fields: object): Record<string, unknown> => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const entryText = (id: string, fields: object): string => {
  const document = new Document({ [id]: definedOf(fields) });
  const value = document.get(id, true);
  if (isMap(value)) value.flow = true;
  return document.toString({ lineWidth: 0 }).trimEnd();
};

/** The offset after the line on which the last entry of a block mapping ends, and the column of its keys. */
const endOf = (map: YAMLMap, text: string, lines: LineCounter): { offset: number; indent: number } => {
  const keys = map.items.map(({ key }) => (isScalar(key) ? (key.range?.[0] ?? 0) : 0));
  const last = map.items.at(-1);
  const lastKey = keys.at(-1) ?? 0;
  const valueEnd =
    typeof last?.value === "object" && last.value !== null && "range" in last.value && Array.isArray(last.value.range)
      ? Number(last.value.range[1])
      : lastKey;
  // A value may end with the line break that follows it; the entry then ends on the line before.
  const end = valueEnd > lastKey && text[valueEnd - 1] === "\n" ? valueEnd - 1 : valueEnd;
  const newline = text.indexOf("\n", end);
  return { offset: newline === -1 ? text.length : newline + 1, indent: lines.linePos(keys[0] ?? 0).col - 1 };
};
