import type { Finding } from "@fogline/findings";
import { isConnectivityName } from "../connectivity.ts";
import { type DeclaredDevice, declaredDevices, entriesOf, namesOf, textOf } from "../declared.ts";
import type { FleetDocument } from "../document.ts";
import { isOwnK3s } from "../own-k3s.ts";
import { finding } from "../report.ts";
import type { Table } from "../schema.ts";
import { isMisspelt } from "./devices.ts";
import { type FleetRule, rule } from "./rule.ts";

/** Clusters that K3s runs on declared devices: neither the local one nor one that somebody else manages. */
export const ownClusters = (document: FleetDocument): { name: string; devices: readonly DeclaredDevice[]; servers: number }[] => {
  const byCluster = Map.groupBy(declaredDevices(document), ({ fields }) => textOf(fields.cluster));
  return entriesOf(document, "clusters").flatMap(([name, { local, kubernetes }]) => {
    const devices = byCluster.get(name) ?? [];
    const ours = isOwnK3s({ local, kubernetes });
    const unsure = devices.some(({ fields }) => isMisspelt(fields, "role"));
    return ours && !unsure && devices.length > 0 ? [{ name, devices, servers: devices.filter(({ fields }) => fields.role === "server").length }] : [];
  });
};

const withoutServer = (document: FleetDocument): Finding[] =>
  ownClusters(document)
    .filter(({ servers }) => servers === 0)
    .map(({ name, devices }) => {
      const message = `none of the ${devices.length} devices of ${name} is a server`;
      const remedy = `Give ${devices[0]?.id} role: server.`;
      return finding("FL1055", message, document.placeOf(["clusters", name], "key"), { value: name, remedy, severity: "warning" });
    });

const evenServers = (document: FleetDocument): Finding[] =>
  ownClusters(document)
    .filter(({ servers }) => servers > 0 && servers % 2 === 0)
    .map(({ name, servers }) => {
      const message = `${name} has ${servers} servers, which survive no more failures than ${servers - 1}`;
      return finding("FL1056", message, document.placeOf(["clusters", name], "key"), { value: name, severity: "warning" });
    });

const secondLocal = (document: FleetDocument): Finding[] => {
  const [first, ...others] = entriesOf(document, "clusters").filter(([, { local }]) => local === true);
  return others.map(([name]) =>
    finding("FL1057", `${name} is local, and so is ${first?.[0]}`, document.placeOf(["clusters", name, "local"]), { value: name }),
  );
};

/** Each circle of references once, named at its first member in the file. */
const circles = (document: FleetDocument, table: Table, field: string, stops: (name: string) => boolean): { path: string[]; members: string[] }[] => {
  const next = new Map(entriesOf(document, table).map(([name, fields]) => [name, textOf(fields[field])]));
  const done = new Set<string>();
  return [...next.keys()].flatMap((start) => {
    const walked: string[] = [];
    let name: string | undefined = start;
    while (name !== undefined && !done.has(name) && !stops(name)) {
      done.add(name);
      walked.push(name);
      name = next.get(name);
    }
    const closes = name === undefined ? -1 : walked.indexOf(name);
    return closes === -1 ? [] : [{ path: [table, walked[closes] ?? start, field], members: [...walked.slice(closes), name ?? ""] }];
  });
};

const circle = (code: "FL1058" | "FL1059", table: Table, field: string, stops: (name: string) => boolean): FleetRule =>
  rule(code, (document) =>
    circles(document, table, field, stops).map(({ path, members }) =>
      finding(code, `${field} leads in a circle: ${members.join(" -> ")}`, document.placeOf(path), { value: members[1] }),
    ),
  );

/** What can be wrong between clusters, between sites, and between connectivity profiles. */
export const topologyRules: readonly FleetRule[] = [
  rule("FL1055", withoutServer),
  rule("FL1056", evenServers),
  rule("FL1057", secondLocal),
  circle("FL1058", "sites", "uplink", () => false),
  circle("FL1059", "connectivity", "like", isConnectivityName),
  rule("FL1060", (document) =>
    namesOf(document, "connectivity")
      .filter(isConnectivityName)
      .map((name) => finding("FL1060", `${name} is built in`, document.placeOf(["connectivity", name], "key"), { value: name })),
  ),
];
