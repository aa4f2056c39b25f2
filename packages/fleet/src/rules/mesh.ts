import type { Finding } from "@fogline/findings";
import { type DeclaredDevice, declaredDevices, isTable, tableOf, textOf } from "../declared.ts";
import type { FleetDocument } from "../document.ts";
import { meshAddress } from "../mesh/address.ts";
import { finding } from "../report.ts";
import { type FleetRule, oncePerPath, rule } from "./rule.ts";

const hasMesh = ({ raw }: FleetDocument): boolean => isTable(raw.mesh);

/** A device that says something of a mesh that the fleet does not have. */
const withoutMesh = (document: FleetDocument): Finding[] => {
  if (hasMesh(document)) return [];
  const cases = declaredDevices(document).flatMap(({ key, fields, pathOf }) =>
    (["endpoint", "mesh"] as const)
      .filter((field) => fields[field] !== undefined && fields[field] !== false)
      .map((field) => ({ message: `${key} states ${field}, and the fleet has no mesh`, path: pathOf(field), field })),
  );
  return oncePerPath(cases).map(({ message, path, field }) => finding("FL1121", message, document.placeOf(path, "key"), { value: field }));
};

/** An endpoint of a device that stays out. */
const unusedEndpoint = (document: FleetDocument): Finding[] =>
  oncePerPath(
    declaredDevices(document)
      .filter(({ fields }) => fields.mesh === false && fields.endpoint !== undefined)
      .map(({ key, pathOf }) => ({ key, path: pathOf("endpoint") })),
  ).map(({ key, path }) => finding("FL1124", `${key} has an endpoint and is not in the mesh`, document.placeOf(path, "key"), { value: key }));

/** Two ids whose digests begin alike. Only the part of the device counts: a fleet has one prefix. */
const sameAddress = (document: FleetDocument): Finding[] => {
  if (!hasMesh(document)) return [];
  const owners = new Map<string, string>();
  return declaredDevices(document).flatMap(({ id, fields, pathOf }) => {
    if (fields.mesh === false) return [];
    const address = meshAddress("", id);
    const owner = owners.get(address);
    if (owner === undefined) owners.set(address, id);
    if (owner === undefined) return [];
    return [finding("FL1122", `${id} has the address of ${owner} in the mesh`, document.placeOf(pathOf(), "key"), { value: id })];
  });
};

const siteOf = (document: FleetDocument, { fields }: DeclaredDevice): string | undefined =>
  textOf(fields.site) ?? textOf(tableOf(tableOf(document.raw.clusters)[textOf(fields.cluster) ?? ""]).site);

/** Sites are behind routers that let nothing in, so of two sites one needs a device that can be called, or a third does. */
const islands = (document: FleetDocument): Finding[] => {
  if (!hasMesh(document)) return [];
  const members = declaredDevices(document).filter(({ fields }) => fields.mesh !== false);
  const sites = new Set(members.map((device) => siteOf(document, device)).filter((site) => site !== undefined));
  if (sites.size < 2 || members.some(({ fields }) => fields.endpoint !== undefined)) return [];
  const message = `no device of the mesh has an endpoint, so its ${sites.size} sites do not reach each other`;
  return [finding("FL1125", message, document.placeOf(["mesh"], "key"), { severity: "warning" })];
};

/** LUKS is for the data disk; the system's medium would need its key before anything is mounted. */
const nothingToEncrypt = (document: FleetDocument): Finding[] => {
  const cases = declaredDevices(document).flatMap(({ key, fields, pathOf }) => {
    const own = tableOf(document.raw.devices);
    const stated = tableOf(tableOf(own[String(pathOf("host")[1])]).host).encrypt === true;
    return stated && fields.data === undefined ? [{ key, path: [...pathOf("host"), "encrypt"] }] : [];
  });
  return oncePerPath(cases).map(({ key, path }) =>
    finding("FL1126", `${key} encrypts its data disk and has none`, document.placeOf(path, "key"), { value: key }),
  );
};

/** What can be wrong with the mesh, and with what only its devices have. */
export const meshRules: readonly FleetRule[] = [
  rule("FL1121", withoutMesh),
  rule("FL1122", sameAddress),
  rule("FL1124", unusedEndpoint),
  rule("FL1125", islands),
  rule("FL1126", nothingToEncrypt),
];
