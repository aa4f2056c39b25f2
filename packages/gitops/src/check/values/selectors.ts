import { textIn, textsIn } from "../../tree/loose.ts";
import { type At, itemsIn, listIn, type Problem, problem, text, texts } from "./at.ts";
import { among, labelValue, qualifiedName } from "./formats.ts";
import { labelProblems } from "./metadata.ts";

const expressionProblems = (at: At): Problem[] => {
  const operator = textIn(at.value.operator) ?? "";
  const values = listIn(at, "values");
  const compares = operator === "In" || operator === "NotIn";
  return [
    ...text(at, "key", qualifiedName),
    ...(compares && values.length === 0 ? problem(at, "values", `is missing, and ${operator} compares with it`) : []),
    ...((operator === "Exists" || operator === "DoesNotExist") && values.length > 0
      ? problem(at, "values", `must not be there with ${operator}`)
      : []),
    ...text(at, "operator", among("In", "NotIn", "Exists", "DoesNotExist")),
    ...texts(at, "values", labelValue),
  ];
};

/** A label selector, wherever one stands. */
export const selectorProblems = (at: At): Problem[] => [
  ...labelProblems(at, "matchLabels"),
  ...itemsIn(at, "matchExpressions").flatMap(expressionProblems),
];

export const isEmptySelector = (at: At): boolean =>
  Object.keys(textsIn(at.value.matchLabels)).length === 0 && listIn(at, "matchExpressions").length === 0;

/** Whether labels are what a selector looks for. */
export const matches = (selector: At, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(textsIn(selector.value.matchLabels)).every(([key, value]) => labels[key] === value) &&
  itemsIn(selector, "matchExpressions").every((one) => {
    const value = labels[textIn(one.value.key) ?? ""];
    const listed = value !== undefined && listIn(one, "values").includes(value);
    const { operator } = one.value;
    if (operator === "In") return listed;
    if (operator === "NotIn") return !listed;
    return operator === "Exists" ? value !== undefined : value === undefined;
  });
