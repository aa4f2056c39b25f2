import type { KubernetesApi } from "@fogline/dev-cluster";
import { eventually } from "../../system/testing/eventually.ts";

/** Who asks: a service account, as the API server sees one that shows its token. */
export interface Account {
  readonly namespace: string;
  readonly name: string;
}

/** What somebody wants to do: with a resource in one namespace or in all (`*`), or with a path. */
export interface Question {
  readonly verb: string;
  /** `group/resource`, `group/resource/subresource` with an empty group for the core, or a path that begins with `/` and names no resource. */
  readonly what: string;
  /** `*` means all namespaces, or a kind that is in none. Absent for paths. */
  readonly namespace?: string;
}

/** Somebody as the API server knows them once they are signed in. */
interface Subject {
  readonly user: string;
  readonly groups: readonly string[];
}

const parallelMax = 32;
const group = "rbac.authorization.k8s.io";
const apiVersion = `${group}/v1`;

/** The answers to all questions, in their order. Rejects when the API server does not answer one. */
export const reviewAccess = async (
  api: KubernetesApi,
  questions: readonly { readonly account: Account; readonly question: Question }[],
): Promise<readonly boolean[]> => {
  const answers: boolean[] = [];
  const rest = questions.entries();
  const worker = async (): Promise<void> => {
    for (const [index, { account, question }] of rest) answers[index] = await mayDo(api, subjectOf(account), question);
  };
  await Promise.all(Array.from({ length: parallelMax }, worker));
  return answers;
};

/**
 * Waits until the authorizer knows of every role and binding that was applied or deleted before: it follows each of the four kinds by a watch of its
 * own, and each watch keeps the order, so something new of each kind is seen after all that came before it.
 */
export const rightsSettled = async (api: KubernetesApi, turn: string): Promise<void> => {
  const [user, namespace] = [`turn-${turn}`, "default"];
  const rules = [{ apiGroups: ["test"], resources: [user], verbs: ["get"] }];
  const subjects = [{ kind: "User", apiGroup: group, name: user }];
  const roleRef = (kind: string) => ({ kind, apiGroup: group, name: user });
  await api.apply({ apiVersion, kind: "ClusterRole", metadata: { name: user }, rules });
  await api.apply({ apiVersion, kind: "ClusterRoleBinding", metadata: { name: user }, roleRef: roleRef("ClusterRole"), subjects });
  await api.apply({ apiVersion, kind: "Role", metadata: { name: user, namespace }, rules: [{ ...rules[0], verbs: ["list"] }] });
  await api.apply({ apiVersion, kind: "RoleBinding", metadata: { name: user, namespace }, roleRef: roleRef("Role"), subjects });
  for (const verb of ["get", "list"])
    await eventually(`${user} may ${verb}`, () => mayDo(api, { user, groups: [] }, { verb, what: `test/${user}`, namespace }));
};

const subjectOf = ({ namespace, name }: Account): Subject => ({
  user: `system:serviceaccount:${namespace}:${name}`,
  groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
});

const attributesOf = ({ verb, what, namespace }: Question) => {
  if (namespace === undefined) return { nonResourceAttributes: { verb, path: what } };
  const [apiGroup, resource, subresource] = what.split("/");
  const where = namespace === "*" ? {} : { namespace };
  return { resourceAttributes: { verb, group: apiGroup, resource, ...(subresource === undefined ? {} : { subresource }), ...where } };
};

const mayDo = async (api: KubernetesApi, { user, groups }: Subject, question: Question): Promise<boolean> => {
  const { status } = await api.ask<{ status: { allowed: boolean; evaluationError?: string } }>(
    "POST",
    "/apis/authorization.k8s.io/v1/subjectaccessreviews",
    { apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview", spec: { user, groups, ...attributesOf(question) } },
  );
  if (status.evaluationError !== undefined) throw new Error(`${user} ${question.verb} ${question.what}: ${status.evaluationError}`);
  return status.allowed;
};
