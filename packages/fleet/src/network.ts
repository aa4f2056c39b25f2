/** A range of IPv4 addresses, such as 10.7.0.0/24. */
export interface Subnet {
  /** The first address, as a number of 32 bits. */
  readonly first: number;
  /** How many leading bits all its addresses share. */
  readonly prefix: number;
}

/** The shortest and the longest prefix that a network of machines has. */
const PREFIX = { min: 8, max: 30 };

const numberOf = (address: string): number | undefined => {
  const parts = address.split(".");
  if (parts.length !== 4 || parts.some((part) => !/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
};

const firstOf = (address: number, prefix: number): number => address - (address % 2 ** (32 - prefix));

/** Reads "10.7.0.0/24"; `undefined` for anything else, also for an address that is not the first of its range. */
export const parseSubnet = (text: string): Subnet | undefined => {
  const [, address = "", bits = ""] = /^([\d.]+)\/(\d{1,2})$/.exec(text) ?? [];
  const first = numberOf(address);
  const prefix = Number(bits);
  if (first === undefined || prefix < PREFIX.min || prefix > PREFIX.max || firstOf(first, prefix) !== first) return undefined;
  return { first, prefix };
};

/** Whether a machine may have this address in the network: not its first and last, which stand for the network and for everybody. */
export const isHostIn = (address: string, { first, prefix }: Subnet): boolean => {
  const value = numberOf(address);
  return value !== undefined && value > first && value < first + 2 ** (32 - prefix) - 1;
};
