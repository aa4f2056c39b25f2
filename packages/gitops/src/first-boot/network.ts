import { type Device, type Fleet, isHostIn, type Network, parseSubnet, type Site } from "@fogline/fleet";
import { yamlText } from "@fogline/manifests";
import type { FirstBootInputs, Wifi } from "./inputs.ts";

/** Where a device is. The rules of the fleet file have seen that the site exists. */
export const siteOf = (fleet: Fleet, device: Device): Site => {
  const site = fleet.sites.find(({ name }) => name === device.site);
  if (site === undefined) throw new Error(`the rules let the unknown site ${device.site} through`);
  return site;
};

/** The network of its site that has the device's address. */
export const networkOf = (fleet: Fleet, { address, ...device }: Device): Network | undefined =>
  siteOf(fleet, device).networks.find(({ subnet }) => {
    const range = parseSubnet(subnet);
    return address !== undefined && range !== undefined && isHostIn(address, range);
  });

/** A machine's address as its network knows it; absent where DHCP decides. */
export interface StaticAddress {
  /** With the length of the prefix: 10.7.0.4/24. */
  readonly address: string;
  readonly gateway?: string;
  readonly nameservers: readonly string[];
}

export const staticAddress = (fleet: Fleet, device: Device): StaticAddress | undefined => {
  const network = networkOf(fleet, device);
  if (network === undefined || device.address === undefined) return undefined;
  const { subnet, gateway, nameservers } = network;
  return { address: `${device.address}/${subnet.split("/")[1]}`, nameservers, ...(gateway === undefined ? {} : { gateway }) };
};

/** Addresses in the words of netplan. The default route is written as numbers, which every renderer of cloud-init reads. */
const addressing = (given: StaticAddress | undefined): Record<string, unknown> =>
  given === undefined
    ? { dhcp4: true }
    : {
        dhcp4: false,
        addresses: [given.address],
        ...(given.gateway === undefined ? {} : { routes: [{ to: "0.0.0.0/0", via: given.gateway }] }),
        ...(given.nameservers.length === 0 ? {} : { nameservers: { addresses: [...given.nameservers] } }),
      };

/**
 * The network-config of a machine, version 2, which is netplan's. A wired card is found by its MAC address where the fleet states one, else by its name: eth0, end0
 * or enp1s0, by the system. With a wireless network the stated address is the radio's, and the cable is not waited for.
 */
export const networkConfig = ({ fleet, device, wifi }: Pick<FirstBootInputs, "fleet" | "device" | "wifi">): string => {
  const stated = staticAddress(fleet, device);
  if (wifi !== undefined) return configText({ match: anyCard, ...addressing(undefined), optional: true }, wifi, stated);
  return configText({ match: device.mac === undefined ? anyCard : { macaddress: device.mac }, ...addressing(stated) });
};

/** The network-config of a board that nothing is known of: DHCP on whatever it has. */
export const dhcpConfig = (wifi: Wifi | undefined): string =>
  configText({ match: anyCard, ...addressing(undefined), ...(wifi === undefined ? {} : { optional: true }) }, wifi);

const anyCard = { name: "e*" };

const configText = (wired: object, wifi?: Wifi, stated?: StaticAddress): string => {
  const radio = (one: Wifi) => ({
    ...addressing(stated),
    "regulatory-domain": one.country,
    "access-points": { [one.ssid]: { password: one.password } },
  });
  return yamlText({ network: { version: 2, ethernets: { wired }, ...(wifi === undefined ? {} : { wifis: { wlan0: radio(wifi) } }) } });
};
