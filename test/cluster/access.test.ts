/**
 * What the service accounts of the example clusters may do, asked of a real API server with the roles and bindings of each tree. It says nothing of
 * accounts that Helm charts and Flux bring along, whose roles are in no tree, and nothing of what a kubelet or the network would let through.
 */

import { ApiRefusal, type ControlPlane, KubernetesApi, startControlPlane } from "@fogline/dev-cluster";
import type { KubernetesObject } from "@fogline/manifests";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exampleClusters, exampleObjects } from "../unit/testing/example-tree.ts";
import { type Account, type Question, reviewAccess, rightsSettled } from "./testing/access-review.ts";

const words = (text: string): string[] => text.trim().split(/\s+/);

const verbs = words("get list watch create update patch delete");
const inNamespaces = words(`
  /pods /pods/log /pods/exec /pods/portforward /pods/ephemeralcontainers /secrets /configmaps /services /endpoints /persistentvolumeclaims
  /serviceaccounts /serviceaccounts/token /events apps/deployments apps/daemonsets apps/statefulsets batch/jobs
  networking.k8s.io/networkpolicies discovery.k8s.io/endpointslices coordination.k8s.io/leases events.k8s.io/events
  rbac.authorization.k8s.io/roles rbac.authorization.k8s.io/rolebindings
  kustomize.toolkit.fluxcd.io/kustomizations helm.toolkit.fluxcd.io/helmreleases
`);
const inNone = words(`
  /nodes /nodes/metrics /nodes/proxy /nodes/stats /namespaces /persistentvolumes
  rbac.authorization.k8s.io/clusterroles rbac.authorization.k8s.io/clusterrolebindings
  apiextensions.k8s.io/customresourcedefinitions admissionregistration.k8s.io/validatingwebhookconfigurations
`);
const paths = words("/metrics /healthz /api /logs /debug/pprof");
/** Ways to the rights of others. */
const towardsMore: Question[] = [
  { verb: "impersonate", what: "/users", namespace: "*" },
  { verb: "impersonate", what: "/serviceaccounts", namespace: "*" },
  { verb: "bind", what: "rbac.authorization.k8s.io/clusterroles", namespace: "*" },
  { verb: "escalate", what: "rbac.authorization.k8s.io/clusterroles", namespace: "*" },
  { verb: "approve", what: "certificates.k8s.io/signers", namespace: "*" },
];

/** What an account may do: verbs, what with, where (`*`: everywhere), and why. All that is in no row must be denied. */
type Row = readonly [verbs: string, what: string, namespaces: string, why: string];

/** By `namespace/name`; an account that is not here has no right of ours. */
const allowed: Readonly<Record<string, readonly Row[]>> = {
  "fogline-monitoring/metrics-agent": [
    ["get list watch", "/pods", "fogline fogline-monitoring fogline-nodes", "it looks for pods of ours with a port named ops"],
    ["get list watch", "/nodes", "*", "it looks for kubelets"],
    ["get", "/nodes/metrics", "*", "a kubelet that is asked for /metrics/resource asks the API server whether it may"],
  ],
};
/** What Kubernetes lets everybody do who is signed in. */
const everybody = ["get /healthz", "get /api"];

/** The namespaces of a tree, and two that are not ours. */
const namespacesOf = (objects: readonly KubernetesObject[]): string[] => [
  ...objects.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => metadata.name),
  ...["kube-system", "flux-system"],
];

const line = ({ verb, what, namespace }: Question): string => [verb, what, ...(namespace === undefined ? [] : [`in ${namespace}`])].join(" ");

/** The whole matrix of a cluster. */
const questionsOf = (objects: readonly KubernetesObject[]): Question[] => [
  ...inNamespaces.flatMap((what) => [...namespacesOf(objects), "*"].flatMap((namespace) => verbs.map((verb) => ({ verb, what, namespace })))),
  ...inNone.flatMap((what) => verbs.map((verb) => ({ verb, what, namespace: "*" }))),
  ...paths.map((what) => ({ verb: "get", what })),
  ...towardsMore,
];

const nameOf = ({ namespace, name }: Account): string => `${namespace}/${name}`;

/** Every service account of a tree, and the one that each namespace has by itself. */
const accountsOf = (objects: readonly KubernetesObject[]): Account[] => [
  ...objects.filter(({ kind }) => kind === "ServiceAccount").map(({ metadata: { namespace = "", name } }) => ({ namespace, name })),
  ...objects.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => ({ namespace: metadata.name, name: "default" })),
];

const expectedFor = (account: Account): string[] => [
  ...(allowed[nameOf(account)] ?? []).flatMap(([which, what, namespaces]) =>
    words(namespaces).flatMap((namespace) => words(which).map((verb) => line({ verb, what, namespace }))),
  ),
  ...everybody,
];

interface PodSpec {
  readonly serviceAccountName?: string;
  readonly automountServiceAccountToken?: boolean;
}
const podSpecOf = ({ spec }: KubernetesObject): PodSpec | undefined => (spec as { template?: { spec?: PodSpec } } | undefined)?.template?.spec;

/** Which account the pods of each workload have, and whether its token lies in them. */
const workloadsOf = (objects: readonly KubernetesObject[]) =>
  objects.flatMap((object) => {
    const pod = podSpecOf(object);
    if (pod === undefined) return [];
    const { name: workload, namespace = "" } = object.metadata;
    const { serviceAccountName: name = "default", automountServiceAccountToken } = pod;
    const stated = objects.find(({ kind, metadata }) => kind === "ServiceAccount" && metadata.namespace === namespace && metadata.name === name);
    const mounts = automountServiceAccountToken ?? (stated as PodSpec | undefined)?.automountServiceAccountToken ?? true;
    return [{ workload, account: { namespace, name }, exists: stated !== undefined || name === "default", mounts }];
  });

const kindsInOrder = words("Namespace ServiceAccount ClusterRole Role ClusterRoleBinding RoleBinding");
const rightsOf = (objects: readonly KubernetesObject[]): KubernetesObject[] =>
  kindsInOrder.flatMap((kind) => objects.filter((object) => object.kind === kind));

describe("access", () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane();
  });
  afterAll(async () => {
    await plane?.stop();
  });

  describe.each(exampleClusters)("in %s", (cluster) => {
    const objects = exampleObjects(cluster);
    const rights = rightsOf(objects);
    beforeAll(async () => {
      for (const object of rights) await plane.api.apply(object);
      await rightsSettled(plane.api, cluster);
    });
    afterAll(async () => {
      // Namespaces stay: they give no rights, and take long to go.
      for (const { apiVersion, kind, metadata } of rights.filter((object) => object.kind !== "Namespace").toReversed())
        await plane.api.delete({ apiVersion, kind, ...metadata });
    });

    it("is what the table says for every service account, and nothing else of the whole matrix", async () => {
      const matrix = accountsOf(objects).flatMap((account) => questionsOf(objects).map((question) => ({ account, question })));
      const answers = await reviewAccess(plane.api, matrix);
      const got = matrix.filter((_, index) => answers[index]).map(({ account, question }) => `${nameOf(account)}: ${line(question)}`);
      const expected = accountsOf(objects).flatMap((account) => expectedFor(account).map((one) => `${nameOf(account)}: ${one}`));
      expect(answers.length).toBe(matrix.length);
      expect(got.toSorted()).toEqual(expected.toSorted());
    });

    it("is for pods that have a use for it: who has a right has its token, and nobody else has one", () => {
      const workloads = workloadsOf(objects);
      expect(workloads.length).toBeGreaterThan(0);
      for (const { workload, account, exists, mounts } of workloads)
        expect({ workload, exists, mounts }).toEqual({ workload, exists: true, mounts: nameOf(account) in allowed });
    });

    it("is given by roles of the tree alone, which name what they are about", () => {
      const names = new Set(rights.filter(({ kind }) => kind.endsWith("Role")).map(({ kind, metadata }) => `${kind} ${metadata.name}`));
      for (const { kind, rules, roleRef } of rights as (KubernetesObject & Record<string, { kind: string; name: string }>)[]) {
        if (kind.endsWith("Role")) expect(JSON.stringify(rules)).not.toContain("*");
        if (kind.endsWith("RoleBinding")) expect(names).toContain(`${roleRef?.kind} ${roleRef?.name}`);
      }
    });
  });

  it("is the same for who shows the account's own token", async () => {
    const objects = rightsOf(exampleObjects("edge-pi"));
    for (const object of objects) await plane.api.apply(object);
    await rightsSettled(plane.api, "token");
    const { status } = await plane.api.ask("POST", "/api/v1/namespaces/fogline-monitoring/serviceaccounts/metrics-agent/token", {
      ...{ apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} },
    });
    const agent = new KubernetesApi({ url: plane.url, ca: plane.ca, token: status.token });
    const asked = (path: string) => agent.raw("GET", path).then((answer) => answer.status);
    expect(await asked("/api/v1/namespaces/fogline/pods")).toBe(200);
    expect(await asked("/api/v1/nodes")).toBe(200);
    expect(await asked("/api/v1/namespaces/fogline-monitoring/secrets")).toBe(403);
    expect(await asked("/api/v1/pods")).toBe(403);
    await expect(agent.ask("DELETE", "/api/v1/namespaces/fogline/pods/any")).rejects.toThrow(ApiRefusal);
    agent.close();
  });
});
