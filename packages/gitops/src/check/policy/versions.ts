import { nameOf } from "@fogline/manifests";
import { apiGroupOf } from "../../tree/kustomizations.ts";
import { mappingAt, mappingsIn, textIn } from "../../tree/loose.ts";
import type { TreeObject } from "../../tree/tree.ts";
import type { Objection, TreeRule } from "../rule.ts";
import type { Subject } from "../subject.ts";
import { apiChangeOf } from "./api-versions.ts";

const notServed = ({ objects, kubernetesMinor }: Subject): Objection[] =>
  objects.flatMap((about): Objection[] => {
    const { apiVersion, kind } = about.object;
    const change = apiChangeOf(apiVersion, kind);
    if (change === undefined) return [];
    const use = change.instead === undefined ? {} : { remedy: `Use ${change.instead}.` };
    const what = `${nameOf(about.object)} is of ${apiVersion}`;
    if (change.by === "flux") return [{ about, message: `${what}, which Flux ${change.removed} no longer serves`, ...use }];
    if (kubernetesMinor === undefined) return [];
    if (change.since !== undefined && kubernetesMinor < change.since)
      return [{ about, message: `${what}, which Kubernetes serves since 1.${change.since}; this is 1.${kubernetesMinor}`, ...use }];
    if (change.removed !== undefined && kubernetesMinor >= change.removed)
      return [{ about, message: `${what}, which Kubernetes does not serve since 1.${change.removed}; this is 1.${kubernetesMinor}`, ...use }];
    if (change.deprecated !== undefined && kubernetesMinor >= change.deprecated)
      return [{ about, message: `${what}, which is deprecated since Kubernetes 1.${change.deprecated}`, severity: "warning", ...use }];
    return [];
  });

/** The minor versions of Kubernetes that each minor version of Flux supports (fluxcd.io, "Kubernetes version compatibility"). */
const fluxSupports: Readonly<Record<number, readonly [least: number, most: number]>> = { 7: [32, 34], 8: [33, 35], 9: [34, 36] };

const unsupportedPair = ({ objects, kubernetesMinor }: Subject): Objection[] =>
  objects
    .filter(({ object }) => object.kind === "FluxInstance")
    .flatMap((about) => {
      const version = textIn(mappingAt(about.object, "spec", "distribution").version) ?? "";
      const range = fluxSupports[Number(/^v?2\.(\d+)/.exec(version)?.[1])];
      if (range === undefined || kubernetesMinor === undefined || (kubernetesMinor >= range[0] && kubernetesMinor <= range[1])) return [];
      return [{ about, message: `Flux ${version} supports Kubernetes 1.${range[0]} to 1.${range[1]}, and this cluster has 1.${kubernetesMinor}` }];
    });

/** How many minor versions a kubelet may be behind its server (kubernetes.io, "Version Skew Policy"). */
const SKEW_MINORS_MAX = 3;

const isPlan = ({ object }: TreeObject): boolean => object.kind === "Plan" && apiGroupOf(object) === "upgrade.cattle.io";
const planMinor = ({ object }: TreeObject): number | undefined => {
  const minor = /^v?1\.(\d+)\./.exec(textIn(mappingAt(object, "spec").version) ?? "")?.[1];
  return minor === undefined ? undefined : Number(minor);
};

/** Whether a plan of the system-upgrade-controller is for the servers. */
const isForServers = ({ object }: TreeObject): boolean =>
  mappingsIn(mappingAt(object, "spec", "nodeSelector").matchExpressions).some(
    ({ key, operator, values }) =>
      key === "node-role.kubernetes.io/control-plane" &&
      (operator === "Exists" || (operator === "In" && Array.isArray(values) && values.includes("true"))),
  );

const skewed = ({ objects, kubernetesMinor }: Subject): Objection[] => {
  const plans = objects.filter(isPlan);
  const server =
    plans
      .filter(isForServers)
      .map(planMinor)
      .find((minor) => minor !== undefined) ?? kubernetesMinor;
  if (server === undefined) return [];
  return plans
    .filter((plan) => !isForServers(plan))
    .flatMap((about) => {
      const node = planMinor(about);
      if (node === undefined || (node <= server && node >= server - SKEW_MINORS_MAX)) return [];
      const how = node > server ? "newer than" : `more than ${SKEW_MINORS_MAX} minor versions behind`;
      return [{ about, message: `${nameOf(about.object)} puts nodes at 1.${node}, ${how} the server's 1.${server}` }];
    });
};

/** What can be wrong between versions. */
export const versionRules: readonly TreeRule[] = [
  {
    code: "FL2116",
    severity: "error",
    why: "An API server that does not serve the version refuses the object, and with it the whole Kustomization. A version that is only deprecated still works and is a warning.",
    check: notServed,
  },
  {
    code: "FL2117",
    severity: "error",
    why: "Flux is tested with three minor versions of Kubernetes. Outside of them its controllers may not start, and then nothing of the tree is applied any more.",
    check: unsupportedPair,
  },
  {
    code: "FL2118",
    severity: "error",
    why: "Kubernetes supports nodes that are as old as their server or up to three minor versions older, and none that are newer. Beyond that pods are started wrongly or not at all.",
    check: skewed,
  },
];
