import type { CodeEntry } from "../codes.ts";

/** FL33xx: what must exist before Flux, and the programs that make it. docs/day-zero.md walks through it. */
export const dayZeroCodes = {
  FL3300: {
    title: "a cluster has no stack here",
    remedy:
      "Hand it over where it can be reached, as docs/day-zero.md says. Where this machine does reach its API server, name a kubeconfig: `pulumi config set --path kubeconfig.file <file>`.",
    handling: "stall",
  },
  FL3301: {
    title: "the configuration of a stack is not valid",
    remedy: "Correct the named settings with `pulumi config set`; docs/day-zero.md has a table of all of them.",
    handling: "stall",
  },
  FL3302: {
    title: "an API server shows another certificate than the fleet file names",
    remedy:
      "Find out who answers there before you go on. If the cluster was built anew, correct its `kubernetes.fingerprint` in the fleet file, by a fingerprint that you read on the cluster itself.",
    handling: "stall",
  },
  FL3303: {
    title: "the manifest of the Flux Operator cannot be used",
    remedy: "Name the install.yaml of a release of the Flux Operator, as a file or a URL, with the SHA-256 that it must have.",
    handling: "stall",
  },
  FL3304: {
    title: "the repository lacks something that a cluster must be handed over with",
    remedy: "Run `fogline render` and commit clusters/; `fogline cluster init <cluster>` makes the cluster's key.",
    handling: "stall",
  },
  FL3305: {
    title: "what day 0 learned of a cluster cannot be read",
    remedy: "Let `pulumi up` of the cluster's stack write the file anew, or take it from a commit that you trust.",
    handling: "stall",
  },
} as const satisfies Record<string, CodeEntry>;
