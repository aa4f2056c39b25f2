import { mkdirSync } from "node:fs";
import { everyPage, listNodes, type NodeDeclaration, type NodeRecord, type NodeStatus, registerNode, removeNode } from "@fogline/contracts";
import { FoglineError } from "@fogline/findings";
import type { Device, Fleet } from "@fogline/fleet";
import type { Client } from "@fogline/rpc";
import type { DataFolder } from "./data-folder.ts";
import { readSecret, writeSecret } from "./secret-file.ts";

/** What the registry is told of a device of the fleet. */
export const declarationOf = (fleet: Fleet, device: Device): NodeDeclaration => {
  const site = fleet.sites.find(({ name }) => name === device.site);
  return {
    id: device.id,
    site: device.site,
    region: site?.region ?? "",
    cluster: device.cluster ?? null,
    tier: device.tier,
    ring: device.ring,
    hardware: device.hardware,
    connectivity: device.connectivity.name,
    residency: site?.residency ?? null,
    availability: device.availability,
    labels: { ...device.labels },
  };
};

/**
 * Makes the registry hold exactly the devices of the fleet. A credential is shown only once, when a node is first declared, so it is kept in
 * the data folder, readable by this user only; a node whose credential was lost is declared anew. Returns the credential of every device.
 */
export const declareNodes = async (client: Client, fleet: Fleet, data: DataFolder): Promise<ReadonlyMap<string, string>> => {
  mkdirSync(data.at("credentials"), { recursive: true, mode: 0o700 });
  const wanted = new Set(fleet.devices.map(({ id }) => id));
  for (const { id } of await registeredNodes(client)) if (!wanted.has(id)) await client.call(removeNode, { id });
  const credentials = new Map<string, string>();
  for (const device of fleet.devices) credentials.set(device.id, await declareNode(client, declarationOf(fleet, device), data));
  return credentials;
};

/** Every node that the registry holds. Throws FL4009 when it does not answer. */
export const registeredNodes = (client: Client, status?: NodeStatus): Promise<NodeRecord[]> =>
  everyPage(async (after) => {
    const listed = await client.call(listNodes, { ...(status === undefined ? {} : { status }), ...(after === undefined ? {} : { after }) });
    if (!listed.ok) throw new FoglineError("FL4009", `the node registry does not answer: ${listed.failure.message}`);
    return { items: listed.value.nodes, next: listed.value.next };
  });

const declareNode = async (client: Client, declaration: NodeDeclaration, data: DataFolder): Promise<string> => {
  const path = credentialPath(data, declaration.id);
  const known = readSecret(path);
  let registered = await client.call(registerNode, declaration);
  if (registered.ok && registered.value.credential === null && known === undefined) {
    await client.call(removeNode, { id: declaration.id });
    registered = await client.call(registerNode, declaration);
  }
  if (!registered.ok) throw new FoglineError("FL4009", `node ${declaration.id} could not be declared: ${registered.failure.message}`);
  const { credential } = registered.value;
  if (credential !== null) writeSecret(path, credential);
  return credential ?? known ?? "";
};

/** Where a device's credential lies. */
export const credentialPath = (data: DataFolder, id: string): string => data.at("credentials", id);
