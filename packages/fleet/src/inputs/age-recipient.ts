const alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const generators = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

/** Words of five bits in a recipient: 32 bytes of key, and six words of checksum. */
const words = 52 + 6;

/** The checksum of Bech32 (BIP 173) over words of five bits. */
const checksum = (values: readonly number[]): number =>
  values.reduce((before, value) => {
    const top = before >>> 25;
    return generators.reduce((sum, generator, bit) => ((top >>> bit) & 1 ? sum ^ generator : sum), ((before & 0x1ffffff) << 5) ^ value);
  }, 1);

/** The human-readable part `age`, as the checksum counts it. */
const prefix = [..."age"].flatMap((letter) => [letter.charCodeAt(0) >> 5]).concat(0, ...[..."age"].map((letter) => letter.charCodeAt(0) & 31));

/**
 * Why a text is no age recipient, or `undefined` when it is one: `age1` and 58 letters, with the checksum that finds a mistyped one. Other kinds of
 * recipients (post-quantum, hardware plugins, SSH keys) are not taken: the clusters' own keys are of this kind.
 */
export const recipientProblem = (text: string): string | undefined => {
  if (/^AGE-SECRET-KEY-/i.test(text)) return "this is a private key, which must not be here";
  if (!text.startsWith("age1")) return "a recipient begins with age1";
  const body = text.slice("age1".length);
  if (/^(pq|tag|[a-z]+1)/.test(body) && body.length !== words) return "a recipient of another kind than X25519 is not supported";
  if (body.length !== words) return `it has ${text.length} characters, a recipient has ${words + "age1".length}`;
  const values = [...body].map((letter) => alphabet.indexOf(letter));
  if (values.includes(-1)) return "it has a letter that recipients do not have";
  return checksum([...prefix, ...values]) === 1 ? undefined : "its checksum is wrong, so a letter is";
};
