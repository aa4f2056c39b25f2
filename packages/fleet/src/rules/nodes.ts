import type { Finding } from "@fogline/findings";
import { type DeclaredDevice, tableOf, textOf, textsOf } from "../declared.ts";
import type { FleetDocument } from "../document.ts";
import { hardware, isHardwareName } from "../hardware.ts";
import { dataMedia, isFragile } from "../host/facts.ts";
import { finding } from "../report.ts";
import { type FleetRule, rule } from "./rule.ts";
import { ownClusters } from "./topology.ts";

/** The first Kubernetes minor version whose kubelet K3s starts with a folder of drop-ins. */
const DROP_IN_MINOR = 32;

const serversOf = (devices: readonly DeclaredDevice[]): DeclaredDevice[] => devices.filter(({ fields }) => fields.role === "server");

/** The medium that K3s keeps its database on, where it is known. */
const databaseMedium = ({ fields }: DeclaredDevice) => {
  const name = textOf(fields.hardware) ?? "";
  const profile = isHardwareName(name) ? hardware[name] : undefined;
  return dataMedia.find((medium) => medium === fields.data) ?? (profile?.kind === "known" ? profile.storage.medium : undefined);
};

/** Several servers share their state through etcd, which syncs every write to its disk. */
const etcdOnFragile = (document: FleetDocument): Finding[] =>
  ownClusters(document).flatMap(({ name, devices }) => {
    const servers = serversOf(devices);
    const fragile = servers.flatMap((device) => {
      const medium = databaseMedium(device);
      return medium !== undefined && isFragile(medium) ? [{ device, medium }] : [];
    })[0];
    if (servers.length < 2 || fragile === undefined) return [];
    const message = `${name} has ${servers.length} servers, whose etcd does not last on the ${fragile.medium} of ${fragile.device.id}`;
    return [finding("FL1111", message, document.placeOf(["clusters", name], "key"), { value: name })];
  });

/** What a server keeps and leaves out, in a form that compares. */
const choice = ({ fields }: DeclaredDevice): string => {
  const { keep, disable } = tableOf(tableOf(fields.host).k3s);
  return [textsOf(keep), textsOf(disable)].map((words) => [...new Set(words)].toSorted().join(" ")).join("; ");
};

const differentServers = (document: FleetDocument): Finding[] =>
  ownClusters(document).flatMap(({ name, devices }) => {
    const [first, ...others] = serversOf(devices);
    const different = first === undefined ? undefined : others.find((server) => choice(server) !== choice(first));
    if (first === undefined || different === undefined) return [];
    const message = `${different.id} keeps or disables other components of K3s than ${first.id}, and both are servers of ${name}`;
    return [finding("FL1114", message, document.placeOf(different.pathOf("host"), "key"), { value: different.id })];
  });

/** An older K3s ignores the folder, and with it every reservation, without a word. */
const withoutDropIns = (document: FleetDocument): Finding[] => {
  const seen = new Set<string>();
  return ownClusters(document).flatMap(({ name }) => {
    const cluster = tableOf(tableOf(document.raw.clusters)[name]);
    const own = textOf(tableOf(cluster.kubernetes).version);
    const ring = textOf(cluster.ring) ?? "";
    const version = own ?? textOf(tableOf(tableOf(document.raw.rings)[ring]).k3s);
    const path = own === undefined ? ["rings", ring, "k3s"] : ["clusters", name, "kubernetes", "version"];
    const minor = Number(/^v1\.(\d+)\./.exec(version ?? "")?.[1] ?? DROP_IN_MINOR);
    if (minor >= DROP_IN_MINOR || seen.has(path.join("."))) return [];
    seen.add(path.join("."));
    const message = `${name} runs K3s ${version}, which reads no kubelet drop-ins; v1.${DROP_IN_MINOR} and later do`;
    return [finding("FL1118", message, document.placeOf(path), { value: version })];
  });
};

/** What can be wrong between the machines of one cluster. */
export const nodeRules: readonly FleetRule[] = [rule("FL1111", etcdOnFragile), rule("FL1114", differentServers), rule("FL1118", withoutDropIns)];
