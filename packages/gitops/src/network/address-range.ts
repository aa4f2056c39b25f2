interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

const join = (parts: readonly number[], partBits: number): bigint => parts.reduce((sum, part) => (sum << BigInt(partBits)) | BigInt(part), 0n);

const parseIpv4 = (text: string): Address | undefined => {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined;
  const parts = text.split(".").map(Number);
  return parts.every((part) => part <= 255) ? { bits: 32, value: join(parts, 8) } : undefined;
};

const parseIpv6 = (text: string): Address | undefined => {
  if (!text.includes(":") || /[^0-9a-f:]/i.test(text)) return undefined;
  const [head = "", tail, ...more] = text.split("::");
  const words = (part: string): string[] => (part === "" ? [] : part.split(":"));
  const [before, after] = [words(head), words(tail ?? "")];
  const missing = 8 - before.length - after.length;
  if (more.length > 0 || (tail === undefined ? missing !== 0 : missing < 1)) return undefined;
  const all = [...before, ...Array.from({ length: missing }, () => "0"), ...after];
  return all.every((word) => /^[0-9a-f]{1,4}$/i.test(word))
    ? {
        bits: 128,
        value: join(
          all.map((word) => Number.parseInt(word, 16)),
          16,
        ),
      }
    : undefined;
};

const parseAddress = (text: string): Address | undefined => parseIpv4(text) ?? parseIpv6(text);

/** Whether an address lies in a range such as `10.42.0.0/16` (RFC 4632, RFC 4291). False for what is neither, and across IPv4 and IPv6. */
export const inRange = (address: string, cidr: string): boolean => {
  const [, base = "", prefix = ""] = /^([^/]+)\/(\d{1,3})$/.exec(cidr) ?? [];
  const [one, range] = [parseAddress(address), parseAddress(base)];
  if (one === undefined || range === undefined || one.bits !== range.bits || Number(prefix) > range.bits) return false;
  const rest = BigInt(range.bits - Number(prefix));
  return one.value >> rest === range.value >> rest;
};
