/** What signs in to a machine: the kinds of public keys that OpenSSH takes today. DSA is no longer one. */
const kinds = [
  "ssh-ed25519",
  "ssh-rsa",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "sk-ssh-ed25519@openssh.com",
  "sk-ecdsa-sha2-nistp256@openssh.com",
];

/** What a line of `authorized_keys` without options looks like; what is in the key must say the same kind again. */
export const SSH_KEY_PATTERN = `^(${kinds.join("|").replaceAll(".", "\\.")}) [A-Za-z0-9+/]{43,1400}={0,2}( [ -~]{1,200})?$`;

/** The first field of a key: its kind, with its length in four bytes before (RFC 4253, section 6.6). In base64 that is a fixed beginning. */
const beginningOf = (kind: string): string => {
  const bytes = [0, 0, 0, kind.length, ...[...kind].map((sign) => sign.charCodeAt(0))];
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const bits = bytes.map((byte) => byte.toString(2).padStart(8, "0")).join("");
  // The last, incomplete group of six bits depends on what follows.
  return (bits.match(/.{6}/g) ?? []).map((group) => alphabet[Number.parseInt(group, 2)]).join("");
};

/** Whether a text is one SSH public key, as a file `*.pub` has it. */
export const isSshPublicKey = (text: string): boolean => {
  if (!new RegExp(SSH_KEY_PATTERN).test(text)) return false;
  const [kind = "", key = ""] = text.split(" ");
  return key.startsWith(beginningOf(kind));
};
