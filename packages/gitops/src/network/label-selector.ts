import { type Fields, fieldsOf, listOf, textOf } from "../diff/lookup.ts";

/** Whether a label selector takes labels. One that says nothing takes all. */
export const selects = ({ matchLabels, matchExpressions }: Fields, labels: Fields): boolean =>
  Object.entries(fieldsOf(matchLabels)).every(([key, value]) => labels[key] === value) &&
  listOf(matchExpressions).every((expression) => {
    const { key, operator, values } = fieldsOf(expression);
    const label = textOf(labels[textOf(key) ?? ""]);
    const wanted = listOf(values).map(String);
    if (operator === "In") return label !== undefined && wanted.includes(label);
    if (operator === "NotIn") return label === undefined || !wanted.includes(label);
    if (operator === "Exists") return label !== undefined;
    return operator === "DoesNotExist" && label === undefined;
  });
