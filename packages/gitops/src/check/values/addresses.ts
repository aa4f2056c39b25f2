/** A block of addresses: the bits of its first, how many there are, and how many of them are fixed. */
export interface Block {
  readonly bits: bigint;
  readonly width: 32 | 128;
  readonly fixed: number;
}

const four = (text: string): bigint | undefined => {
  const parts = text.split(".");
  // A leading zero is octal to some readers and decimal to others.
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) return undefined;
  return parts.reduce((bits, part) => bits * 256n + BigInt(part), 0n);
};

const groupsOf = (text: string): string[] => (text === "" ? [] : text.split(":"));

const six = (text: string): bigint | undefined => {
  const halves = text.split("::");
  const [before = "", after] = halves;
  const [head, tail] = [groupsOf(before), groupsOf(after ?? "")];
  const missing = 8 - head.length - tail.length;
  if (halves.length > 2 || (after === undefined ? missing !== 0 : missing < 1)) return undefined;
  const groups = [...head, ...Array<string>(missing).fill("0"), ...tail];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.reduce((bits, group) => bits * 65_536n + BigInt(`0x${group}`), 0n);
};

/** An address of either family; `undefined` for anything else. IPv6 with an IPv4 address in it is not taken. */
export const parseAddress = (text: string): { readonly bits: bigint; readonly width: 32 | 128 } | undefined => {
  const width = text.includes(":") ? 128 : 32;
  const bits = width === 128 ? six(text) : four(text);
  return bits === undefined ? undefined : { bits, width };
};

/** `10.0.0.0/8` or `fd00::/8` (RFC 4632, RFC 4291); `undefined` for anything else. */
export const parseBlock = (text: string): Block | undefined => {
  const [, address = "", length = ""] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  const parsed = parseAddress(address);
  return parsed === undefined || length === "" || Number(length) > parsed.width ? undefined : { ...parsed, fixed: Number(length) };
};

/** Whether all of one block is in another, which is larger. */
export const isWithin = (inner: Block, outer: Block): boolean => {
  const free = BigInt(outer.width - outer.fixed);
  return inner.width === outer.width && inner.fixed > outer.fixed && inner.bits >> free === outer.bits >> free;
};
