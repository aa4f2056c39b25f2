import type { CodeEntry } from "../codes.ts";

/** FL329x: trees as signed artifacts in a registry. */
export const artifactCodes = {
  FL3290: {
    title: "clusters/tree-signing.pub is not a public key that trees are signed with",
    remedy: "Make it with `fogline tree key`: it is an ECDSA key over P-256 in PEM, which begins with -----BEGIN PUBLIC KEY-----.",
    handling: "stall",
  },
  FL3291: {
    title: "the tree to be pushed is not what is committed",
    remedy: "Run `fogline render`, commit clusters/ as a whole, and push again: what clusters get is always a commit.",
    handling: "stall",
  },
  FL3292: {
    title: "a cluster that takes its tree from no registry",
    remedy: "Push its ring's branch instead, or give its site a connectivity such as metered, whose clusters follow a tag; see docs/artifacts.md.",
    handling: "stall",
  },
  FL3293: {
    title: "no private key here fits clusters/tree-signing.pub",
    remedy:
      "Give --key the file of the private key, or make another pair with `fogline tree key --new-key` and bring its public half into the clusters.",
    handling: "stall",
  },
  FL3294: {
    title: "a registry refuses the login",
    remedy: "Log in with `docker login <registry>`, or set FOGLINE_REGISTRY_USERNAME and FOGLINE_REGISTRY_PASSWORD to a login that may push there.",
    handling: "stall",
  },
  FL3295: {
    title: "a registry does not do what it should",
    remedy: "See that the fleet's `registry` is its address and that it runs; it must speak TLS unless it is on this machine.",
    handling: "retry",
  },
  FL3296: {
    title: "the logins for registries cannot be read",
    remedy:
      "Correct config.json of docker: `auths` has one entry for each registry, with `auth`. Where a credential helper has it, set FOGLINE_REGISTRY_USERNAME and FOGLINE_REGISTRY_PASSWORD.",
    handling: "stall",
  },
} as const satisfies Record<string, CodeEntry>;
