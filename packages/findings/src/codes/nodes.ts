import type { CodeEntry } from "../codes.ts";

/** FL412x and FL419x: K3s on machines of the fleet, from its installation to its upgrades. docs/k3s-nodes.md walks through it. */
export const nodeCodes = {
  FL4120: {
    title: "a release of K3s cannot be used",
    remedy: "Fetch the binary, its images and its list of sums anew, all from the release that the fleet file names.",
    handling: "stall",
  },
  FL4121: {
    title: "a machine is a node of another cluster",
    remedy: "Correct the machine's entry in the fleet file, or take K3s off it with the playbook uninstall-k3s.yml.",
    handling: "stall",
  },
  FL4122: {
    title: "a K3s is there that Fogline did not install",
    remedy: "Read what would change. Where that is what you want, run again with `--adopt <device>`; docs/k3s-nodes.md#adopting says what stays.",
    handling: "stall",
  },
  FL4123: {
    title: "a change would lose what is in a cluster, or K3s could not start after it",
    remedy: "docs/k3s-nodes.md#adopting says for each such change what can be done.",
    handling: "stall",
  },
  FL4124: {
    title: "K3s does not come up, or its node does not become ready",
    remedy: "`journalctl -u k3s -u k3s-agent` on the machine says why. Run again afterwards: what was done stays done.",
    handling: "retry",
  },
  FL4125: {
    title: "the first server of a cluster does not answer",
    remedy: "Bring that one up first: `fogline bootstrap <device>`. Where it runs, look for a firewall between it and the machine.",
    handling: "retry",
  },
  FL4126: {
    title: "a cluster cannot be handed over to Flux",
    remedy: "Correct what is named and run again: what is in the cluster already stays.",
    handling: "stall",
  },
  FL4127: {
    title: "a node cannot be drained",
    remedy: "Give the pods that are named somewhere to go, or change their PodDisruptionBudget, then run again. The node was given back.",
    handling: "wait",
  },
  FL4128: {
    title: "a node is not as well after its upgrade as it was before",
    remedy: "Look at what is named. Other nodes were left as they are; run again when it is well.",
    handling: "stall",
  },
  FL4129: {
    title: "an upgrade is not in order",
    remedy:
      "K3s goes from one minor version to the next, servers before agents, inside of the ring's window. Correct `rings.<ring>.k3s` in the fleet file.",
    handling: "stall",
  },
  FL4190: {
    title: "the token of a cluster cannot be rotated",
    remedy: "Correct what is named and run `fogline cluster rotate-token <cluster>` again: it goes on with the token that was made, if one was.",
    handling: "retry",
  },
  FL4191: {
    title: "a machine is not back at the hub after its upgrade",
    remedy: "Ask why: `fogline device why <device>`. Other machines were left as they are; run again when it is back.",
    handling: "stall",
  },
} as const satisfies Record<string, CodeEntry>;
