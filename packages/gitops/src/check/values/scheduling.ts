import { textIn } from "../../tree/loose.ts";
import { type At, has, inside, itemsIn, listIn, neededText, number, type Problem, problem, repeated, text, texts } from "./at.ts";
import { labelValue, qualifiedName } from "./formats.ts";
import { selectorProblems } from "./selectors.ts";

const tolerationProblems = (at: At): Problem[] => {
  const { key, operator, value } = at.value;
  const everything = key === undefined || key === null || key === "";
  return [
    ...(everything ? [] : text(at, "key", qualifiedName)),
    ...(everything && operator !== "Exists" ? problem(at, "operator", "must be Exists where there is no key") : []),
    ...(operator === "Exists" && typeof value === "string" && value !== "" ? problem(at, "value", "must not be there with Exists") : []),
    // Comparing numbers is behind a gate of the API server that is closed.
    ...(operator === "Lt" || operator === "Gt" ? problem(at, "operator", `is ${operator}, which takes a feature gate`) : []),
    ...(operator === "Exists" ? [] : text(at, "value", labelValue)),
    ...(typeof at.value.tolerationSeconds === "number" && at.value.effect !== "NoExecute"
      ? problem(at, "effect", "must be NoExecute beside tolerationSeconds")
      : []),
  ];
};

const spreadProblems = (pod: At): Problem[] => {
  const constraints = itemsIn(pod, "topologySpreadConstraints");
  return [
    ...constraints.flatMap((one) => [
      ...number(one, "maxSkew", { min: 1 }),
      ...number(one, "minDomains", { min: 1 }),
      ...neededText(one, "topologyKey"),
      ...selectorProblems(inside(one, "labelSelector")),
    ]),
    ...repeated(
      constraints,
      ({ value }) => `${textIn(value.topologyKey)} with ${textIn(value.whenUnsatisfiable)}`,
      (one, both) => problem(one, "topologyKey", `is ${both}, as another's is`),
    ),
  ];
};

const nodeExpressionProblems = (at: At): Problem[] => {
  const { operator } = at.value;
  const values = listIn(at, "values");
  const fits =
    operator === "In" || operator === "NotIn"
      ? values.length > 0
      : operator === "Gt" || operator === "Lt"
        ? values.length === 1
        : values.length === 0;
  return [
    ...text(at, "key", qualifiedName),
    ...(fits ? [] : problem(at, "values", `are ${values.length}, which ${textIn(operator) ?? "it"} does not take`)),
    ...(operator === "Gt" || operator === "Lt" ? [] : texts(at, "values", labelValue)),
  ];
};

const nodeTermProblems = (at: At): Problem[] => itemsIn(at, "matchExpressions").flatMap(nodeExpressionProblems);

const weight = { min: 1, max: 100 };

const nodeAffinityProblems = (at: At): Problem[] => {
  const required = inside(at, "requiredDuringSchedulingIgnoredDuringExecution");
  return [
    ...(has(at, "requiredDuringSchedulingIgnoredDuringExecution") && listIn(required, "nodeSelectorTerms").length === 0
      ? problem(required, "nodeSelectorTerms", "is missing")
      : []),
    ...itemsIn(required, "nodeSelectorTerms").flatMap(nodeTermProblems),
    ...itemsIn(at, "preferredDuringSchedulingIgnoredDuringExecution").flatMap((one) => [
      ...number(one, "weight", weight),
      ...nodeTermProblems(inside(one, "preference")),
    ]),
  ];
};

const podTermProblems = (at: At): Problem[] => [
  ...neededText(at, "topologyKey", qualifiedName),
  ...selectorProblems(inside(at, "labelSelector")),
  ...selectorProblems(inside(at, "namespaceSelector")),
];

const podAffinityProblems = (at: At): Problem[] => [
  ...itemsIn(at, "requiredDuringSchedulingIgnoredDuringExecution").flatMap(podTermProblems),
  ...itemsIn(at, "preferredDuringSchedulingIgnoredDuringExecution").flatMap((one) => [
    ...number(one, "weight", weight),
    ...podTermProblems(inside(one, "podAffinityTerm")),
  ]),
];

/** Where a pod wants to run, and where it may. */
export const schedulingProblems = (pod: At): Problem[] => [
  ...itemsIn(pod, "tolerations").flatMap(tolerationProblems),
  ...spreadProblems(pod),
  ...nodeAffinityProblems(inside(pod, "affinity", "nodeAffinity")),
  ...podAffinityProblems(inside(pod, "affinity", "podAffinity")),
  ...podAffinityProblems(inside(pod, "affinity", "podAntiAffinity")),
];
