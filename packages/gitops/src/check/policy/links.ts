import { imageReference } from "../images.ts";
import { containerTitle, type PodContainer } from "../pods.ts";
import type { Objection, TreeRule } from "../rule.ts";
import type { Subject } from "../subject.ts";

/** The policy as Kubernetes takes it where none is stated. */
const policyOf = ({ image, spec }: PodContainer): string => {
  if (typeof spec.imagePullPolicy === "string") return spec.imagePullPolicy;
  const { tag, digest } = imageReference(image);
  return digest === undefined && (tag === undefined || tag === "latest") ? "Always" : "IfNotPresent";
};

const pullsTooOften = ({ pods, cluster }: Subject): Objection[] => {
  const { connectivity } = cluster;
  if (connectivity.base === "always") return [];
  const fits = (policy: string): boolean => policy === "Never" || (connectivity.pullPolicy === "IfNotPresent" && policy === "IfNotPresent");
  return pods.flatMap((owner) =>
    owner.containers
      .filter((container) => !fits(policyOf(container)))
      .map((container) => ({
        about: owner,
        message: `${containerTitle(owner, container)} has pull policy ${policyOf(container)}, and ${cluster.name} is ${connectivity.base}`,
        remedy: `Set imagePullPolicy: ${connectivity.pullPolicy}.`,
      })),
  );
};

const opened = new Set(["LoadBalancer", "NodePort"]);

const openService = ({ edge, objects }: Subject): Objection[] =>
  edge
    ? objects
        .filter(({ object }) => object.apiVersion === "v1" && object.kind === "Service")
        .flatMap((about) => {
          const type = (about.object.spec as { type?: unknown } | null | undefined)?.type;
          const { namespace = "default", name } = about.object.metadata;
          return typeof type === "string" && opened.has(type)
            ? [{ about, message: `Service ${namespace}/${name} is a ${type}: whoever reaches a machine reaches it` }]
            : [];
        })
    : [];

/** What can be wrong with how a cluster meets the network outside. */
export const linkRules: readonly TreeRule[] = [
  {
    code: "FL2108",
    severity: "error",
    why: "`Always` asks the registry at every start. Without a link the pod does not start after a power cut although its image is on the disk; on a metered one every restart costs. Where images are carried, only `Never` says at once that one is missing.",
    check: pullsTooOften,
  },
  {
    code: "FL2119",
    severity: "info",
    why: "Edge machines stand in networks that others share. Told so that it is a decision, and refused by nothing.",
    check: openService,
  },
];
