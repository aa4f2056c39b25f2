import type { CodeEntry } from "../codes.ts";

/** FL5xxx: what a change puts at risk. docs/diff.md has an example of each. */
export const changeCodes = {
  FL5000: {
    title: "there is no such revision",
    remedy: "Name a commit, branch or tag that `git rev-parse` knows; fetch it first.",
    handling: "stall",
  },
  FL5001: {
    title: "a volume is removed or gets another name",
    remedy: "Keep the claim, or copy its data first. A claim that Flux shall leave alone has kustomize.toolkit.fluxcd.io/prune: disabled.",
    handling: "stall",
  },
  FL5002: {
    title: "a volume changes its size in a way that is refused",
    remedy: "Keep the size; a smaller volume is a new one, and growing needs a class with allowVolumeExpansion.",
    handling: "stall",
  },
  FL5003: {
    title: "a field changes that Kubernetes lets nobody change",
    remedy: "Give the object another name, or let Flux replace it with kustomize.toolkit.fluxcd.io/force: enabled.",
    handling: "stall",
  },
  FL5004: {
    title: "a network policy closes a port that a workload declares",
    remedy: "Let the policy admit the port, or take the port out of the workload.",
    handling: "stall",
  },
  FL5005: {
    title: "the number of replicas changes under an autoscaler",
    remedy: "Leave `replicas` out of what an autoscaler scales, and set its minReplicas instead.",
    handling: "stall",
  },
  FL5006: {
    title: "a namespace or a custom resource definition is removed, and everything in it",
    remedy: "Move or remove what it holds in an earlier change, then it.",
    handling: "stall",
  },
  FL5007: {
    title: "the tree of a cluster is removed",
    remedy: "Retire the cluster first: without its folder Flux prunes nothing, and what runs there keeps running without updates.",
    handling: "stall",
  },
  FL5008: {
    title: "a disruption budget lets no pod go",
    remedy: "Allow one pod to be away, or run one more: else no device can be drained, and upgrades of K3s wait.",
    handling: "stall",
  },
  FL5009: { title: "an encrypted secret is removed", remedy: "Remove what uses the secret first, or keep the file.", handling: "stall" },
  FL5010: {
    title: "something of a device changes that applies at its first registration only",
    remedy: "Drain the device, remove its node and let it register again, or change the node by hand as well.",
    handling: "stall",
  },
  FL5011: {
    title: "an object moves to another Kustomization, whose former one may remove it",
    remedy: "Mark the object with kustomize.toolkit.fluxcd.io/prune: disabled in an earlier change, move it, then take the mark away.",
    handling: "stall",
  },
  FL5012: {
    title: "an object loses its protection from being pruned",
    remedy: "Keep the annotation or the `prune: false` as long as the object's data counts.",
    handling: "stall",
  },
  FL5013: {
    title: "a ring gets a version that no ring before it runs",
    remedy: "Give that version to an earlier ring first, or take the ring's own version out.",
    handling: "stall",
  },
  FL5014: {
    title: "a cluster goes to another ring",
    remedy: "Move the cluster when both rings have the same revision, so that it changes nothing else.",
    handling: "stall",
  },
  FL5015: {
    title: "running pods keep the old configuration",
    remedy: "Give the pod template a checksum annotation over it, or restart the workload.",
    handling: "stall",
  },
  FL5016: {
    title: "the pull takes more than the link may carry in a day",
    remedy: "Spread the change over days or rings, raise the budget, or carry a bundle.",
    handling: "stall",
  },
  FL5017: {
    title: "the pull takes longer than Flux waits",
    remedy: "Pre-pull the image, or state the real bandwidth of the link, from which the timeout follows.",
    handling: "stall",
  },
  FL5018: {
    title: "a workload gets another volume than the one that holds its data",
    remedy: "Copy the data first; the workload starts with whatever the other volume holds.",
    handling: "stall",
  },
  FL5019: {
    title: "something of the old revision could not be read, so that part is not compared",
    remedy: "Compare with a revision that this version of Fogline can read, or look at that part by hand.",
    handling: "stall",
  },
  FL5020: {
    title: "several rings get the change with no time between them",
    remedy: "Give the earlier ring a `soak`, or `gate: manual`.",
    handling: "stall",
  },
} as const satisfies Record<string, CodeEntry>;
