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
  FL3250: {
    title: "the repository's charts.ts cannot be loaded",
    remedy: "Correct the named line; `npx tsc` finds most mistakes before Fogline does.",
    handling: "stall",
  },
  FL3251: {
    title: "charts.ts does not export charts",
    remedy: "Export by default an object with `apps` and `cluster`, as docs/own-repository.md shows.",
    handling: "stall",
  },
  FL3252: {
    title: "a chart of charts.ts failed while it was rendered",
    remedy: "Correct the named line of the chart; nothing is written until every chart renders.",
    handling: "stall",
  },
  FL3253: {
    title: "charts.ts has a chart with a name that is taken",
    remedy: "Give the chart and its workload another name.",
    handling: "stall",
  },
  FL3254: {
    title: "charts.ts has a chart for a workload that the fleet does not have",
    remedy: "Add the workload to the fleet file, or drop the chart.",
    handling: "stall",
  },
  FL3255: {
    title: "a new repository cannot be made in the folder",
    remedy: "Choose an empty folder, or one that does not exist yet.",
    handling: "stall",
  },
  FL3256: {
    title: "a new repository lies inside another one",
    remedy: "Make it outside, unless it shall be a repository inside another.",
    handling: "stall",
  },
  FL3260: {
    title: "a table of devices cannot be read",
    remedy: "Save it as CSV in UTF-8, with quotes around cells that hold commas, quotes or line breaks.",
    handling: "stall",
  },
  FL3261: {
    title: "a table of devices has a column that does not exist, or lacks one",
    remedy: "Use the columns that `fogline fleet export` writes; their order does not matter.",
    handling: "stall",
  },
  FL3262: { title: "a row does not name one device", remedy: "Write the device's id into the column id, once in the table.", handling: "stall" },
  FL3263: {
    title: "a cell that is no value, or that a spreadsheet has rewritten",
    remedy: "Write the value as the fleet file would have it.",
    handling: "stall",
  },
  FL3264: {
    title: "a cell says something else than the rest of the fleet makes of the device",
    remedy: "Empty the cell, or change what decides it.",
    handling: "stall",
  },
  FL3265: {
    title: "an import would change a device that shares its entry",
    remedy: "Write the entry out in the fleet file, without alias and anchor, and import again.",
    handling: "stall",
  },
  FL3270: {
    title: "package.json asks for a newer fogline than this one",
    remedy: "Run `npm install`, and then the upgrade with the fogline that it brings.",
    handling: "stall",
  },
  FL3271: { title: "package.json cannot be read", remedy: "Correct it; npm says what is wrong with it as well.", handling: "stall" },
} as const satisfies Record<string, CodeEntry>;
