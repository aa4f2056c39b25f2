import { nameOf } from "@fogline/manifests";
import { type Loose, mappingAt, mappingsIn, textIn, textsIn } from "../../tree/loose.ts";
import type { TreeObject } from "../../tree/tree.ts";
import { landingPlaces } from "../machines.ts";
import { containerTitle, type PodOwner } from "../pods.ts";
import type { Objection, TreeRule } from "../rule.ts";
import type { Subject } from "../subject.ts";

const builtInClasses = ["system-cluster-critical", "system-node-critical"];

const withoutPriority = ({ edge, pods, objects }: Subject): Objection[] => {
  if (!edge) return [];
  const classes = new Set([
    ...builtInClasses,
    ...objects.filter(({ object }) => object.kind === "PriorityClass").map(({ object }) => object.metadata.name),
  ]);
  return pods.flatMap((owner): Objection[] => {
    const name = textIn(owner.spec.priorityClassName);
    if (name === undefined) return [{ about: owner, message: `${owner.title} states no priority class` }];
    if (classes.has(name)) return [];
    return [{ about: owner, message: `${owner.title} states priority class ${name}, which this tree does not have`, severity: "error" }];
  });
};

/** Whether a label selector takes pods with these labels. An empty selector takes all. */
const selects = (selector: Loose, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(textsIn(selector.matchLabels)).every(([key, value]) => labels[key] === value) &&
  mappingsIn(selector.matchExpressions).every(({ key, operator, values }) => {
    const value = labels[textIn(key) ?? ""];
    const listed = value !== undefined && Array.isArray(values) && values.includes(value);
    if (operator === "In") return listed;
    if (operator === "NotIn") return !listed;
    return (operator === "Exists") === (value !== undefined);
  });

const budgetsFor = (owner: PodOwner, { objects }: Subject): readonly TreeObject[] =>
  objects.filter(
    ({ object }) =>
      object.kind === "PodDisruptionBudget" &&
      (object.metadata.namespace ?? "default") === owner.namespace &&
      selects(mappingAt(object, "spec", "selector"), owner.labels),
  );

const replicated = new Set(["Deployment", "StatefulSet", "ReplicaSet"]);

const withoutBudget = (subject: Subject): Objection[] =>
  subject.pods
    .filter(({ kind, replicas = 0 }) => replicated.has(kind) && replicas >= 2)
    .filter((owner) => budgetsFor(owner, subject).length === 0)
    .map((about) => ({ about, message: `${about.title} has ${about.replicas} replicas and no PodDisruptionBudget` }));

/** A count, or a share of the replicas; Kubernetes rounds shares up. */
const amountOf = (value: unknown, replicas: number): number | undefined => {
  if (typeof value === "number") return value;
  const percent = /^(\d{1,3})%$/.exec(textIn(value) ?? "")?.[1];
  return percent === undefined ? undefined : Math.ceil((Number(percent) * replicas) / 100);
};

const blockingBudget = (subject: Subject): Objection[] =>
  subject.pods.flatMap((owner) => {
    const { replicas } = owner;
    if (replicas === undefined || replicas === 0) return [];
    return budgetsFor(owner, subject).flatMap((about) => {
      const { minAvailable, maxUnavailable } = mappingAt(about.object, "spec");
      const least = amountOf(minAvailable, replicas);
      const most = amountOf(maxUnavailable, replicas);
      const says =
        least !== undefined && least >= replicas ? `minAvailable ${minAvailable}` : most === 0 ? `maxUnavailable ${maxUnavailable}` : undefined;
      const count = replicas === 1 ? "1 replica" : `${replicas} replicas`;
      return says === undefined ? [] : [{ about, message: `${nameOf(about.object)} says ${says}, and ${owner.title} has ${count}` }];
    });
  });

/** Ports that a probe can reach: there is none for UDP. */
const listens = (spec: Loose): boolean => mappingsIn(spec.ports).some(({ protocol }) => protocol === undefined || protocol === "TCP");

const withoutProbes = ({ edge, pods }: Subject): Objection[] =>
  edge
    ? pods.flatMap((owner) =>
        owner.containers
          .filter(({ initial, spec }) => !initial && listens(spec))
          .flatMap((container) => {
            const missing = ["readinessProbe", "livenessProbe"].filter((name) => container.spec[name] === undefined);
            return missing.length === 0
              ? []
              : [{ about: owner, message: `${containerTitle(owner, container)} listens and has no ${missing.join(" and no ")}` }];
          }),
      )
    : [];

/** The port of its machine that a pod takes for itself. */
const hostPortOf = ({ spec, containers }: PodOwner): number | undefined =>
  containers
    .flatMap((container) => mappingsIn(container.spec.ports))
    .map(({ hostPort, containerPort }) => hostPort ?? (spec.hostNetwork === true ? containerPort : undefined))
    .find((port) => typeof port === "number");

const moreThanMachines = ({ pods, machines }: Subject): Objection[] =>
  pods.flatMap((owner) => {
    const port = hostPortOf(owner);
    const places = landingPlaces(owner, machines).length;
    if (port === undefined || owner.replicas === undefined || machines.length === 0 || owner.replicas <= places) return [];
    const message = `${owner.title} has ${owner.replicas} replicas that each take port ${port} of a machine, and there are ${places} machines`;
    return [{ about: owner, message }];
  });

/** What can be wrong with how pods live through failures and maintenance. */
export const availabilityRules: readonly TreeRule[] = [
  {
    code: "FL2110",
    severity: "warning",
    why: "When memory is short on a small machine, the kubelet ends pods by their priority. With none stated everything is equally expendable. A class that does not exist is an error: the pods are not even created.",
    check: withoutPriority,
  },
  {
    code: "FL2111",
    severity: "warning",
    why: "Several replicas are there so that one is always up. Without a budget, draining two machines for an upgrade takes all of them at once.",
    check: withoutBudget,
  },
  {
    code: "FL2112",
    severity: "error",
    why: "A machine can then never be drained: an upgrade of K3s waits until somebody deletes the pod by hand.",
    check: blockingBudget,
  },
  {
    code: "FL2113",
    severity: "warning",
    why: "Nobody is on site to see that a program hangs. Without a readiness probe a rollout goes on over broken pods; without a liveness probe nothing restarts them.",
    check: withoutProbes,
  },
  {
    code: "FL2114",
    severity: "error",
    why: "A port of a machine belongs to one pod. The replicas beyond stay pending, and a rollout that starts one more never ends.",
    check: moreThanMachines,
  },
];
