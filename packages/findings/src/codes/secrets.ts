import type { CodeEntry } from "../codes.ts";

/** FL32xx: encrypted secrets, and the keys that open them. */
export const secretCodes = {
  FL3200: {
    title: "the fleet has no such cluster",
    remedy: "Name a cluster of clusters/fleet.yaml; `fogline fleet show` lists them.",
    handling: "stall",
  },
  FL3201: {
    title: "clusters/secrets/recipients.yaml is not what it must be",
    remedy: "Write `operators:` as a list of age recipients, and `clusters:` as one recipient for each cluster; see docs/secrets.md.",
    handling: "stall",
  },
  FL3202: {
    title: "an age recipient that cannot be read",
    remedy: "Copy the whole line that begins with age1: it is the public key that `fogline cluster init` and age-keygen print.",
    handling: "stall",
  },
  FL3203: {
    title: "nobody is named who may read the secrets of a cluster",
    remedy: "Run `fogline cluster init <cluster>`, which adds the cluster's and an operator's public key.",
    handling: "stall",
  },
  FL3204: {
    title: "git would keep a private key",
    remedy: "Add .fogline/ to .gitignore, or give --data a folder outside the repository. A key that was committed must be replaced.",
    handling: "stall",
  },
  FL3205: { title: "others may read a private key", remedy: "Run `chmod 600` on the file and find out who read it.", handling: "stall" },
  FL3206: {
    title: "a private key cannot be read",
    remedy: "The file must be one that `fogline cluster init` or age-keygen wrote: a line that begins with AGE-SECRET-KEY-1.",
    handling: "stall",
  },
  FL3207: {
    title: "a private key and the list of recipients disagree",
    remedy: "Restore the file that fits, or give the cluster a new key with `fogline cluster init <cluster> --new-key`.",
    handling: "stall",
  },
  FL3208: {
    title: "no private key here opens a secret",
    remedy: "Give --key the file of an operator's or the cluster's key, or write the secret anew with `fogline secret set --replace`.",
    handling: "stall",
  },
  FL3210: {
    title: "a file of secrets is not a Kubernetes Secret that SOPS encrypted",
    remedy: "Write it with `fogline secret set`, or with sops as docs/secrets.md says.",
    handling: "stall",
  },
  FL3211: {
    title: "a secret is in clear",
    remedy: "Take it as known to everybody who can read the repository: change it where it is used, then `fogline secret set` the new value.",
    handling: "stall",
  },
  FL3212: { title: "a secret is not encrypted for somebody who must read it", remedy: "Run `fogline secret rotate <cluster>`.", handling: "stall" },
  FL3213: {
    title: "a secret is encrypted for somebody who is not on the list",
    remedy: "Run `fogline secret rotate <cluster>`, then set every value anew: git keeps what the removed key can read.",
    handling: "stall",
  },
  FL3214: {
    title: "a secret is encrypted for another cluster",
    remedy: "Run `fogline secret rotate <cluster>`, then set every value anew; put the file into the right cluster's folder.",
    handling: "stall",
  },
  FL3215: {
    title: "a file of secrets stands in the wrong place",
    remedy: "Its place is clusters/secrets/<cluster>/<name>.sops.yaml, where <name> is the Secret's own name.",
    handling: "stall",
  },
  FL3216: { title: "two files are the same Secret", remedy: "Keep one of them.", handling: "stall" },
  FL3217: {
    title: "a secret is encrypted in a way that clusters of this fleet do not decrypt",
    remedy: "Encrypt it for age recipients, with encrypted_regex ^(data|stringData)$, as `fogline secret set` does.",
    handling: "stall",
  },
  FL3218: {
    title: "a secret was altered after it was encrypted",
    remedy: "Restore the file from a commit that you trust, or write it anew with `fogline secret set --replace`.",
    handling: "stall",
  },
  FL3219: {
    title: "a value of a secret does not belong where it stands",
    remedy: "Somebody changed it or moved it from another key. Restore the file from a commit that you trust.",
    handling: "stall",
  },
  FL3220: {
    title: "values must be changed, because somebody who was removed can still read them",
    remedy: "Change each value where it is used, then `fogline secret set` it; git keeps the old ones for the removed key.",
    handling: "stall",
  },
  FL3221: {
    title: "a name that Kubernetes does not take for a Secret, its namespace or a key",
    remedy: "Names: lower-case letters, digits, hyphens and dots. Keys: letters, digits, hyphens, dots and underscores.",
    handling: "stall",
  },
  FL3222: {
    title: "a value that cannot be a secret",
    remedy: "Give a value that is not empty, and at most 1 MiB for the whole Secret, which is what Kubernetes takes.",
    handling: "stall",
  },
  FL3223: { title: "there is no such secret", remedy: "`fogline secret list` names those that exist.", handling: "stall" },
  FL3224: {
    title: "a secret has another namespace than the one given",
    remedy: "Leave --namespace out, or write the secret anew with --replace.",
    handling: "stall",
  },
} as const satisfies Record<string, CodeEntry>;
