import type { CodeEntry } from "../codes.ts";

/** FL2xxx: what the rules of a tree object to. FL21xx images, resources and machines, FL22xx hardening and secrets, FL229x exceptions from them. */
export const policyCodes = {
  FL2101: {
    title: "an image that is not pinned to a digest",
    remedy: "Add the digest to the reference, or run the release step so that clusters/images.lock.yaml has it.",
    handling: "stall",
  },
  FL2102: { title: "an image without a version", remedy: "Give it the tag of a release; `latest` is another image every day.", handling: "stall" },
  FL2103: {
    title: "an image that does not exist for the processor of a machine",
    remedy: "Build it for the missing architecture, or keep it off those machines with a nodeSelector.",
    handling: "stall",
  },
  FL2104: {
    title: "pods that ask for more memory than their machines have",
    remedy: "Ask for less memory, run fewer replicas, or choose other machines.",
    handling: "stall",
  },
  FL2105: {
    title: "pods that ask for more processor time than their machines have",
    remedy: "Ask for fewer cores, run fewer replicas, or choose other machines.",
    handling: "stall",
  },
  FL2106: { title: "a container that does not say what it needs", remedy: "State requests for cpu and memory.", handling: "stall" },
  FL2107: {
    title: "a container without a memory limit",
    remedy: "State a memory limit; without one it takes what its neighbours need.",
    handling: "stall",
  },
  FL2108: {
    title: "a pull policy that does not fit the link",
    remedy: "Use IfNotPresent, and Never where nothing can be pulled.",
    handling: "stall",
  },
  FL2109: {
    title: "a pod that writes to an SD card",
    remedy: "Give the device another data medium, or use memory (emptyDir with medium Memory).",
    handling: "stall",
  },
  FL2110: {
    title: "a pod on an edge cluster without a priority class that exists",
    remedy: "Name a priority class of the tree, so that it is known which pod goes first when memory is short.",
    handling: "stall",
  },
  FL2111: {
    title: "several replicas without a disruption budget",
    remedy: "Add a PodDisruptionBudget whose selector matches the pods.",
    handling: "stall",
  },
  FL2112: {
    title: "a disruption budget that lets no machine be drained",
    remedy: "Let at least one pod be away: maxUnavailable 1.",
    handling: "stall",
  },
  FL2113: { title: "a container that listens on an edge cluster without probes", remedy: "Add a readiness and a liveness probe.", handling: "stall" },
  FL2114: {
    title: "more replicas on one host port than there are machines",
    remedy: "Run at most one replica a machine, or drop the host port.",
    handling: "stall",
  },
  FL2115: { title: "GPU sharing through MPS on a Tegra board", remedy: "Use time-slicing there.", handling: "stall" },
  FL2116: {
    title: "an API version that the cluster does not serve, or soon will not",
    remedy: "Use the version that the message names.",
    handling: "stall",
  },
  FL2117: { title: "a Flux version that does not support the Kubernetes version", remedy: "Choose a pair that Flux supports.", handling: "stall" },
  FL2118: {
    title: "nodes that are newer than their server, or too far behind",
    remedy: "Upgrade the servers first, and nodes before they are more than three minor versions behind.",
    handling: "stall",
  },
  FL2119: {
    title: "a Service that is open to the outside of an edge cluster",
    remedy: "Make sure that this is meant; inside a cluster ClusterIP is enough.",
    handling: "stall",
  },
  FL2201: { title: "a privileged container", remedy: "Drop `privileged`; give the one device or capability it needs.", handling: "stall" },
  FL2202: { title: "a container that may run as root", remedy: "Set runAsNonRoot: true and no runAsUser 0.", handling: "stall" },
  FL2203: {
    title: "a container that can write to its image",
    remedy: "Set readOnlyRootFilesystem: true and mount an emptyDir where it writes.",
    handling: "stall",
  },
  FL2204: { title: "a container without a seccomp profile", remedy: "Set seccompProfile type RuntimeDefault on the pod.", handling: "stall" },
  FL2205: { title: "a container that may gain privileges", remedy: "Set allowPrivilegeEscalation: false.", handling: "stall" },
  FL2206: {
    title: "a token of the API server that the pod has no use for",
    remedy: "Set automountServiceAccountToken: false on the pod, or bind its account to what it needs.",
    handling: "stall",
  },
  FL2207: { title: "a pod that shares namespaces of its host", remedy: "Drop hostNetwork, hostPID and hostIPC.", handling: "stall" },
  FL2208: { title: "a container with more capabilities than it needs", remedy: "Drop ALL; add at most NET_BIND_SERVICE.", handling: "stall" },
  FL2209: {
    title: "a secret in clear",
    remedy: "Encrypt it with SOPS; change the value, since the history of git keeps it.",
    handling: "stall",
    exception: "never",
  },
  FL2210: {
    title: "an environment variable that looks like a secret",
    remedy: "Move the value into an encrypted Secret and refer to it with secretKeyRef.",
    handling: "stall",
  },
  FL2211: {
    title: "a pod that the Pod Security level of its namespace refuses",
    remedy: "Change what the level forbids, or put the pod into a namespace of another level.",
    handling: "stall",
  },
  FL2291: {
    title: "an exception that has expired",
    remedy: "Remove what it excepts, or renew it with a new date.",
    handling: "stall",
    exception: "never",
  },
  FL2292: { title: "an exception that nothing needs", remedy: "Remove it from the fleet file.", handling: "stall", exception: "never" },
} as const satisfies Record<string, CodeEntry>;
