import { type Finding, fail, ok, type Result } from "@fogline/findings";
import { declaredDevices } from "./declared.ts";
import { type FleetFile, readFleetDocument } from "./document.ts";
import { insertDevices } from "./entry-text.ts";
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
  const { id, ...fields } = device;
  const edited = insertDevices(text, [{ key: id, fields }]);
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
