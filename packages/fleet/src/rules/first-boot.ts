import type { Finding } from "@fogline/findings";
import { type DeclaredDevice, declaredDevices, entriesOf, tableOf, textOf } from "../declared.ts";
import type { FleetDocument, Table } from "../document.ts";
import { isHostIn, parseSubnet } from "../network.ts";
import { finding } from "../report.ts";
import { type FleetRule, oncePerPath, rule } from "./rule.ts";

const networksOf = (site: Table): readonly string[] => Object.keys(tableOf(site.networks));

/** Networks that are none, lie over one another, or whose gateway is elsewhere. */
const networks = (document: FleetDocument): Finding[] =>
  entriesOf(document, "sites").flatMap(([site, fields]) =>
    Object.entries(tableOf(fields.networks)).flatMap(([text, network]) => {
      const path = ["sites", site, "networks", text];
      const subnet = parseSubnet(text);
      const of = (message: string, at: readonly string[], value: string, part: "key" | "value") =>
        finding("FL1131", message, document.placeOf(at, part), { value });
      if (subnet === undefined) return [of(`${text} is no network such as 10.7.0.0/24`, path, text, "key")];
      const gateway = textOf(tableOf(network).gateway);
      if (gateway === undefined || isHostIn(gateway, subnet)) return [];
      return [of(`the gateway ${gateway} is not in ${text}`, [...path, "gateway"], gateway, "value")];
    }),
  );

const addressOf = ({ fields, index }: DeclaredDevice): string | undefined =>
  index === undefined ? textOf(fields.address) : textOf(fields.address)?.replace("*", String(index));

/** Addresses of devices that none of their site's networks has; a site that states none says nothing of addresses. */
const strangers = (document: FleetDocument): Finding[] => {
  const sites = new Map(entriesOf(document, "sites"));
  const clusters = new Map(entriesOf(document, "clusters"));
  const cases = declaredDevices(document).flatMap((device) => {
    const site = textOf(clusters.get(textOf(device.fields.cluster) ?? "")?.site ?? device.fields.site) ?? "";
    const address = addressOf(device);
    const known = networksOf(sites.get(site) ?? {});
    const subnets = known.map(parseSubnet).filter((subnet) => subnet !== undefined);
    if (address === undefined || address.endsWith("*") || subnets.length < known.length || subnets.length === 0) return [];
    if (subnets.some((subnet) => isHostIn(address, subnet))) return [];
    return [{ message: `${device.id} has the address ${address}, and ${site} has ${known.join(", ")}`, path: device.pathOf("address"), address }];
  });
  return oncePerPath(cases).map(({ message, path, address }) => finding("FL1132", message, document.placeOf(path), { value: address }));
};

/** What a machine is told before it first boots. */
export const firstBootRules: readonly FleetRule[] = [rule("FL1131", networks), rule("FL1132", strangers)];
