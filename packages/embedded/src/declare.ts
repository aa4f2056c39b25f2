import { everyPage, listNodes, type NodeDeclaration, type NodeRecord, type NodeStatus, registerNode, removeNode } from "@fogline/contracts";
import { FoglineError } from "@fogline/findings";
import { type Device, type Fleet, type ReportInterval, reportIntervalsOf } from "@fogline/fleet";
import type { Client } from "@fogline/rpc";

/** The part of a declaration that says how often a device reports: nothing where the hub's own interval holds. */
export const declaredInterval = ({ intervalMs, from }: ReportInterval): Pick<NodeDeclaration, "reportIntervalMs"> =>
  from === "hub" ? {} : { reportIntervalMs: intervalMs };

/** What the registry is told of a device of the fleet. */
const declarationOf = (fleet: Fleet, device: Device, reports: ReportInterval): NodeDeclaration => {
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
    ...declaredInterval(reports),
  };
};

/** Makes the registry hold exactly the devices of the fleet, and those that were `added` beside it. */
export const declareNodes = async (client: Client, fleet: Fleet, added: ReadonlySet<string>): Promise<void> => {
  const wanted = new Set(fleet.devices.map(({ id }) => id));
  for (const { id } of await registeredNodes(client)) if (!wanted.has(id) && !added.has(id)) await client.call(removeNode, { id });
  const intervalOf = reportIntervalsOf(fleet);
  for (const device of fleet.devices) await declareNode(client, declarationOf(fleet, device, intervalOf(device)));
};

/** Every node that the registry holds. Throws FL4009 when it does not answer. */
export const registeredNodes = (client: Client, status?: NodeStatus): Promise<NodeRecord[]> =>
  everyPage(async (after) => {
    const listed = await client.call(listNodes, { ...(status === undefined ? {} : { status }), ...(after === undefined ? {} : { after }) });
    if (!listed.ok) throw new FoglineError("FL4009", `the node registry does not answer: ${listed.failure.message}`);
    return { items: listed.value.nodes, next: listed.value.next };
  });

/** Declares one node. Throws FL4009 when the registry does not take it. */
export const declareNode = async (client: Client, declaration: NodeDeclaration): Promise<void> => {
  const registered = await client.call(registerNode, declaration);
  if (!registered.ok) throw new FoglineError("FL4009", `node ${declaration.id} could not be declared: ${registered.failure.message}`);
};
