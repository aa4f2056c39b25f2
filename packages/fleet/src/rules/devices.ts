import { type Finding, nearest } from "@fogline/findings";
import { parseWatts } from "@fogline/units";
import { type DeclaredDevice, declaredDevices, entriesOf, namesOf, textOf } from "../declared.ts";
import type { FleetDocument, Table } from "../document.ts";
import { hardware, isHardwareName } from "../hardware.ts";
import { hostFacts } from "../host/facts.ts";
import { countOf, DEVICES_MAX, expand, parseDeviceKey } from "../ranges.ts";
import { type FleetCode, finding } from "../report.ts";
import { deviceKeys } from "../schema.ts";
import { type FleetRule, oncePerPath, rule } from "./rule.ts";

/** True when a key of the device is a misspelling of this one: its absence is then no second mistake. */
export const isMisspelt = (fields: Table, key: string): boolean =>
  Object.keys(fields).some((word) => !deviceKeys.includes(word) && nearest(word, deviceKeys) === key);

const has = ({ fields }: DeclaredDevice, key: string): boolean => Object.hasOwn(fields, key) || isMisspelt(fields, key);

/** A rule about one field of every device, told once where a range states it. */
const about = (
  code: FleetCode,
  field: string | undefined,
  objection: (device: DeclaredDevice) => string | undefined,
  of: "key" | "value" = "value",
): FleetRule =>
  rule(code, (document) => {
    const cases = declaredDevices(document).flatMap((device) => {
      const message = objection(device);
      return message === undefined ? [] : [{ message, path: device.pathOf(field), value: field === undefined ? device.id : device.fields[field] }];
    });
    return oncePerPath(cases).map(({ message, path, value }) => finding(code, message, document.placeOf(path, of), { value }));
  });

/** A rule that no two devices share a value. */
const unique = (code: FleetCode, field: string, read: (device: DeclaredDevice) => string | undefined): FleetRule =>
  rule(code, (document) => {
    const owners = new Map<string, string>();
    const cases = declaredDevices(document).flatMap((device) => {
      const value = read(device);
      if (value === undefined) return [];
      const owner = owners.get(value);
      if (owner === undefined) owners.set(value, device.id);
      return owner === undefined ? [] : [{ message: `${device.id} has the ${field} ${value} of ${owner}`, path: device.pathOf(field), value }];
    });
    return oncePerPath(cases).map(({ message, path, value }) => finding(code, message, document.placeOf(path), { value }));
  });

const addressOf = ({ fields, index }: DeclaredDevice): string | undefined => {
  const address = textOf(fields.address);
  return address?.endsWith("*") === true ? (index === undefined ? undefined : address.replace("*", String(index))) : address;
};

const malformedRanges = (document: FleetDocument): Finding[] =>
  namesOf(document, "devices")
    .filter((key) => parseDeviceKey(key).kind === "malformed")
    .map((key) => finding("FL1040", `${key} is no range from a lower to a higher number`, document.placeOf(["devices", key], "key"), { value: key }));

const tooMany = (document: FleetDocument): Finding[] => {
  let sum = 0;
  for (const key of namesOf(document, "devices")) {
    const parsed = parseDeviceKey(key);
    // A key of its own may refine a range and then adds none, so only ranges count up to the limit.
    sum += parsed.kind === "range" ? countOf(parsed) : 0;
    if (sum > DEVICES_MAX) {
      const message = `with ${key} the fleet has ${sum} devices, the limit is ${DEVICES_MAX}`;
      return [finding("FL1041", message, document.placeOf(["devices", key], "key"), { value: key })];
    }
  }
  return [];
};

/** A range that declares an id of an earlier one; a key without a range refines instead. */
const overlaps = (document: FleetDocument): Finding[] => {
  const owners = new Map<string, string>();
  return namesOf(document, "devices").flatMap((key) => {
    const parsed = parseDeviceKey(key);
    if (parsed.kind !== "range" || owners.size + countOf(parsed) > DEVICES_MAX) return [];
    const ids = [...expand(parsed)].map(({ id }) => id);
    const shared = ids.find((id) => owners.has(id));
    for (const id of ids) if (!owners.has(id)) owners.set(id, key);
    if (shared === undefined) return [];
    const message = `${key} declares ${shared}, which ${owners.get(shared)} declares`;
    return [finding("FL1042", message, document.placeOf(["devices", key], "key"), { value: key })];
  });
};

const withoutHardware = (document: FleetDocument): Finding[] => {
  const ranges = entriesOf(document, "devices").flatMap(([key]) => {
    const parsed = parseDeviceKey(key);
    return parsed.kind === "range" ? [{ key, prefix: parsed.prefix }] : [];
  });
  const cases = declaredDevices(document)
    .filter((device) => !has(device, "hardware"))
    .map((device) => ({ device, path: device.pathOf() }));
  return oncePerPath(cases).map(({ device: { id, index }, path }) => {
    const near = index === undefined ? ranges.find(({ prefix }) => prefix !== "" && id.startsWith(prefix)) : undefined;
    const message = near === undefined ? `${id} has no hardware` : `${id} has no hardware and is outside of ${near.key}`;
    return finding("FL1043", message, document.placeOf(path, "key"), { value: String(path.at(-1)) });
  });
};

const profileOf = ({ fields }: DeclaredDevice) => {
  const name = textOf(fields.hardware) ?? "";
  return isHardwareName(name) ? hardware[name] : undefined;
};

const beyondPower = (device: DeclaredDevice): string | undefined => {
  const watts = parseWatts(textOf(device.fields.power) ?? "");
  const profile = profileOf(device);
  if (watts === undefined || profile?.kind !== "known" || !hostFacts[profile.name].powerModes || watts <= profile.wattsMax) return undefined;
  return `${device.key} is set to ${watts} W, a ${profile.name} draws ${profile.wattsMax} W at most`;
};

const decidedByCluster = (["site", "tier", "ring"] as const).map((field) =>
  about("FL1051", field, ({ key, fields }) =>
    Object.hasOwn(fields, "cluster") && Object.hasOwn(fields, field) ? `${key} states a ${field}, which its cluster decides` : undefined,
  ),
);

/** What can be wrong with devices, ranges and their refinements. */
export const deviceRules: readonly FleetRule[] = [
  rule("FL1040", malformedRanges),
  rule("FL1041", tooMany),
  rule("FL1042", overlaps),
  rule("FL1043", withoutHardware),
  unique("FL1044", "address", addressOf),
  unique("FL1045", "mac", ({ fields }) => textOf(fields.mac)?.toLowerCase()),
  unique("FL1046", "serial", ({ fields }) => textOf(fields.serial)),
  about("FL1047", "address", ({ id, index, fields }) =>
    index === undefined && textOf(fields.address)?.endsWith("*") === true ? `${id} is one device, and its address is a pattern` : undefined,
  ),
  about("FL1048", "address", ({ key, index, fields }) =>
    index !== undefined && (index < 1 || index > 254) && textOf(fields.address)?.endsWith("*") === true
      ? `${key} reaches ${index}, which no address ends with`
      : undefined,
  ),
  about(
    "FL1050",
    undefined,
    (device) => (has(device, "cluster") || has(device, "site") ? undefined : `${device.key} names neither a cluster nor a site`),
    "key",
  ),
  { code: "FL1051", check: (document) => decidedByCluster.flatMap(({ check }) => check(document)) },
  about("FL1052", "cluster", (device) =>
    Object.hasOwn(device.fields, "cluster") && profileOf(device)?.kubernetes === false
      ? `${device.key} is a ${device.fields.hardware}, which cannot be a node of a cluster`
      : undefined,
  ),
  about("FL1053", "role", (device) =>
    Object.hasOwn(device.fields, "role") && !has(device, "cluster") ? `${device.key} has a K3s role and no cluster` : undefined,
  ),
  about("FL1054", "power", beyondPower),
];
