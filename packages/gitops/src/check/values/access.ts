import { textIn } from "../../tree/loose.ts";
import { type At, inside, itemsIn, listIn, neededText, type Problem, problem, type Rule, text } from "./at.ts";
import { among, dnsName, optional, pathSegment } from "./formats.ts";

const group = "rbac.authorization.k8s.io";

/** What one rule of a role allows. Roles of a namespace cannot speak of what is in none. */
const ruleProblems = (at: At, inNamespace: boolean): Problem[] => {
  const urls = listIn(at, "nonResourceURLs").length > 0;
  const empty = (key: string): Problem[] => (listIn(at, key).length === 0 ? problem(at, key, "is missing") : []);
  const mixed = ["apiGroups", "resources", "resourceNames"].some((key) => listIn(at, key).length > 0);
  return [
    ...empty("verbs"),
    ...(urls ? [] : [...empty("apiGroups"), ...empty("resources")]),
    ...(urls && (mixed || inNamespace)
      ? problem(at, "nonResourceURLs", inNamespace ? "is not taken in a Role" : "is not taken beside resources")
      : []),
  ];
};

const role =
  (inNamespace: boolean): Rule =>
  (object) =>
    itemsIn(object, "rules").flatMap((rule) => ruleProblems(rule, inNamespace));

const subjectProblems = (at: At, inNamespace: boolean): Problem[] => {
  const { kind, apiGroup, namespace } = at.value;
  const isAccount = kind === "ServiceAccount";
  const wanted = isAccount ? "" : group;
  return [
    ...text(at, "kind", among("ServiceAccount", "User", "Group")),
    ...neededText(at, "name", isAccount ? dnsName : () => undefined),
    // Left out, it is the one that the kind belongs to.
    ...(typeof apiGroup === "string" && apiGroup !== "" && apiGroup !== wanted ? problem(at, "apiGroup", `must be ${JSON.stringify(wanted)}`) : []),
    ...(isAccount && !inNamespace && !textIn(namespace) ? problem(at, "namespace", "is missing") : []),
  ];
};

const binding =
  (inNamespace: boolean): Rule =>
  (object) => {
    const reference = inside(object, "roleRef");
    return [
      ...text(reference, "apiGroup", optional(among(group))),
      ...text(reference, "kind", inNamespace ? among("Role", "ClusterRole") : among("ClusterRole")),
      ...neededText(reference, "name", pathSegment),
      ...itemsIn(object, "subjects").flatMap((subject) => subjectProblems(subject, inNamespace)),
    ];
  };

/** Who may do what. */
export const accessRules: Readonly<Record<string, Rule>> = {
  [`${group}/v1/Role`]: role(true),
  [`${group}/v1/ClusterRole`]: role(false),
  [`${group}/v1/RoleBinding`]: binding(true),
  [`${group}/v1/ClusterRoleBinding`]: binding(false),
};
