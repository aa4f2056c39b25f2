import type { CodeEntry } from "../codes.ts";

/** FL3xxx: the rendered tree, and what reads it. FL31xx are the rules about what Flux makes of it. */
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
  FL3008: {
    title: "the tree names a file or folder that it does not hold",
    remedy: "Run `npm run render` and commit the whole tree.",
    handling: "stall",
    exception: "never",
  },
  FL3009: { title: "a file of the tree is not a Kubernetes object", remedy: "Run `npm run render`; do not edit generated files.", handling: "stall" },
  FL3010: {
    title: "a Kustomization depends on one that does not exist, or on itself",
    remedy: "Name an existing Kustomization in dependsOn and break the cycle.",
    handling: "stall",
    exception: "never",
  },
  FL3011: {
    title: "an object is reachable from two Kustomizations",
    remedy: "Leave it in one of the two folders.",
    handling: "stall",
    exception: "never",
  },
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
  FL3030: { title: "no such cluster or object", remedy: "Name one that the fleet renders.", handling: "stall" },
  FL3031: { title: "an object has no such field", remedy: "Name a field that its file has.", handling: "stall" },
  FL3101: {
    title: "a Kustomization depends on one that waits for nothing",
    remedy: "Set `wait: true` on the one that is depended on, or give it health checks.",
    handling: "stall",
  },
  FL3102: {
    title: "a custom resource is in the same Kustomization as its definition",
    remedy: "Put the definition into `controllers` and the resource into `configs`.",
    handling: "stall",
  },
  FL3103: {
    title: "a custom resource whose definition comes from nothing earlier",
    remedy: "Add the definition to a Kustomization that this one depends on.",
    handling: "stall",
  },
  FL3104: {
    title: "a namespace is used that nothing earlier creates",
    remedy: "Add the Namespace here, or to a Kustomization that this one depends on.",
    handling: "stall",
  },
  FL3105: {
    title: "a Kustomization gives up before its slowest image can be there",
    remedy: "Raise the timeout, make the image smaller, or have it pulled ahead.",
    handling: "stall",
  },
  FL3106: { title: "an interval below one minute", remedy: "Set the interval to 60s or more; Flux refuses less.", handling: "stall" },
  FL3107: {
    title: "a Kustomization leaves to Flux what it must say itself",
    remedy: "State wait (or healthChecks), timeout, retryInterval and prune.",
    handling: "stall",
  },
  FL3108: {
    title: "substitution would take a variable that belongs to a program",
    remedy: "Annotate the object with `kustomize.toolkit.fluxcd.io/substitute: disabled`, write `$${...}`, or declare the variable.",
    handling: "stall",
  },
  FL3109: {
    title: "a Kustomization has no source, or one that does not exist",
    remedy: "Name a source of this tree in sourceRef.",
    handling: "stall",
  },
  FL3110: {
    title: "a source leaves out the folder that a Kustomization wants from it",
    remedy: "Include the folder in the source, or correct the path.",
    handling: "stall",
  },
  FL3111: {
    title: "an object of the tree belongs to day 0",
    remedy: "Leave it out of the tree: what day 0 creates and keeps must have one owner.",
    handling: "stall",
    exception: "never",
  },
  FL3112: {
    title: "the root Kustomization waits for those that wait for it",
    remedy: "Let the root wait for nothing, and nothing depend on it.",
    handling: "stall",
    exception: "never",
  },
  FL3113: {
    title: "the folder that Flux syncs holds something that is not Flux's",
    remedy: "Move it into a folder that has a Kustomization of its own, such as `configs`.",
    handling: "stall",
  },
  FL3114: {
    title: "a file that its folder's kustomization.yaml does not list",
    remedy: "List it, or remove it: Flux does not apply it.",
    handling: "stall",
  },
  FL3115: {
    title: "Helm on a cluster that has no helm-controller",
    remedy: "Render plain manifests here; only clusters of the cloud tier run helm-controller.",
    handling: "stall",
  },
  FL3116: {
    title: "an encrypted file that its Kustomization does not decrypt",
    remedy: "State `decryption` with provider sops and the Secret that holds the key.",
    handling: "stall",
  },
  FL3117: {
    title: "a folder that no Kustomization applies",
    remedy: "Add a Kustomization for it, or remove the folder.",
    handling: "stall",
  },
  FL3118: {
    title: "an object has a value that the API server refuses",
    remedy: "Correct the named field; except it only where a newer Kubernetes takes it.",
    handling: "stall",
  },
  FL3119: {
    title: "a tree that is taken from a registry without looking who made it",
    remedy: "Run `fogline tree key`, then `fogline render`: the cluster then applies only what is signed with that key.",
    handling: "stall",
  },
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
