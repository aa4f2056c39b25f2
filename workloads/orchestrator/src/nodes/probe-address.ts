import { BlockList, isIP } from "node:net";

/** Where no device of a site is, but where something else may listen: the cloud's metadata service, routers, everybody at once. */
const never = new BlockList();
never.addSubnet("0.0.0.0", 8, "ipv4");
never.addSubnet("169.254.0.0", 16, "ipv4");
never.addSubnet("224.0.0.0", 3, "ipv4");
never.addAddress("::", "ipv6");
never.addSubnet("fe80::", 10, "ipv6");
never.addSubnet("ff00::", 8, "ipv6");

/**
 * The address at which peers may look for a device, as it says itself; null for one that they shall not be sent to. A device chooses what others
 * connect to, so it may name an IP address and a port of its network and nothing else: no name, which could lead anywhere by the time it is asked.
 */
export const probeAddressOf = (said: string | null): string | null => {
  const [, bracketed, plain, portText] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(said ?? "") ?? [];
  const host = bracketed ?? plain ?? "";
  const family = isIP(host);
  const port = Number(portText);
  if (family === 0 || (bracketed === undefined) !== (family === 4) || port < 1 || port > 65_535) return null;
  return never.check(host, family === 4 ? "ipv4" : "ipv6") ? null : said;
};
