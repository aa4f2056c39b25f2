import type { CodeEntry } from "../codes.ts";

/** FL3xxx: the rendered tree, and what reads it. */
export const treeCodes = {
  FL3001: {
    title: "the committed tree differs from what the fleet renders",
    remedy: "Run `npm run render` and commit the result.",
    handling: "stall",
  },
  FL3002: {
    title: "two objects render to the same file",
    remedy: "Give one of them another name; a file holds one object and belongs to one chart.",
    handling: "stall",
  },
  FL3003: {
    title: "an object does not fit its Kubernetes schema",
    remedy: "Correct the named field in the chart that builds it.",
    handling: "stall",
  },
  FL3004: { title: "a workload has no such setting", remedy: "Use one of the settings in docs/configuration.md.", handling: "stall" },
  FL3005: {
    title: "a setting of a workload has a value it does not take",
    remedy: "See the setting's bounds in docs/configuration.md.",
    handling: "stall",
  },
  FL3006: {
    title: "a workload has neither a chart nor an image",
    remedy: "Set `image:` in the fleet file, or add a chart for it under apps/.",
    handling: "stall",
  },
  FL3007: { title: "no cluster runs on this machine", remedy: "Set `local: true` on the cluster that `fogline up` shall run.", handling: "stall" },
  FL3008: { title: "the tree names a file that it does not hold", remedy: "Run `npm run render` and commit the whole tree.", handling: "stall" },
  FL3009: { title: "a file of the tree is not a Kubernetes object", remedy: "Run `npm run render`; do not edit generated files.", handling: "stall" },
  FL3010: {
    title: "a Kustomization depends on one that does not exist, or on itself",
    remedy: "Name an existing Kustomization in dependsOn and break the cycle.",
    handling: "stall",
  },
  FL3011: { title: "an object is reachable from two Kustomizations", remedy: "Leave it in one of the two folders.", handling: "stall" },
  FL3012: {
    title: "a revision of the tree was refused",
    remedy: "Correct what is named and commit again; the last good revision keeps running.",
    handling: "wait",
  },
  FL3013: {
    title: "the folder is not a git repository with a fleet",
    remedy: "Run the command inside a repository that holds clusters/fleet.yaml.",
    handling: "stall",
  },
  FL3014: { title: "a workload did not start", remedy: "The log names the cause; the last good revision keeps running.", handling: "wait" },
  FL3280: {
    title: "clusters/images.lock.yaml cannot be read",
    remedy: "Correct the syntax at the named line, or write the lock anew.",
    handling: "stall",
  },
  FL3281: {
    title: "clusters/images.lock.yaml has a field that it must not have, or lacks one",
    remedy: "Each image has `digest` and `platforms`; each platform `digest` and `layers`; each layer `digest` and `bytes`.",
    handling: "stall",
  },
  FL3282: {
    title: "a digest in clusters/images.lock.yaml is not one",
    remedy: "Write `sha256:` and 64 hexadecimal digits, as the registry says it.",
    handling: "stall",
  },
  FL3283: {
    title: "clusters/images.lock.yaml names an image or a platform that cannot be",
    remedy: "Images are named with host and tag, platforms are linux/arm64 and linux/amd64.",
    handling: "stall",
  },
  FL3284: {
    title: "the size of a layer is not a number of bytes",
    remedy: "Write the compressed size as the registry says it, in whole bytes.",
    handling: "stall",
  },
} as const satisfies Record<string, CodeEntry>;
