/** The stages of a machine's set-up in their order. `reach` is signing in; what the others do is done by roles, `reboot` by the last of those before it. */
const stageNames = ["reach", "preflight", "host", "reboot", "wireguard", "k3s", "flux", "agent"] as const;
export type StageName = (typeof stageNames)[number];

/** The roles of the collection, which are also the tags of its playbook. */
const roleNames = ["preflight", "common", "pi", "jetson", "storage", "wireguard", "k3s", "flux", "agent"] as const;
export type RoleName = (typeof roleNames)[number];

/** What `--only` may name: those with roles of their own. Each is preceded by the preflight. */
export const chosenStages = stageNames.filter((stage) => stage !== "reach" && stage !== "reboot");
