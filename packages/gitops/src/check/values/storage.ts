import { parseQuantity } from "@fogline/units";
import { mappingAt, textIn } from "../../tree/loose.ts";
import { type At, inside, listIn, neededText, type Problem, problem, text } from "./at.ts";
import { dnsName, type Format, optional, qualifiedName } from "./formats.ts";
import { selectorProblems } from "./selectors.ts";

/** What a claim asks for: the spec of a PersistentVolumeClaim, or of a template for some. */
export const claimProblems = (spec: At): Problem[] => {
  const modes = listIn(spec, "accessModes");
  const size = mappingAt(spec.value, "resources", "requests").storage;
  const amount = parseQuantity(size);
  return [
    ...(modes.filter((mode) => mode !== null).length === 0 ? problem(spec, "accessModes", "is missing") : []),
    ...(modes.length > 1 && modes.includes("ReadWriteOncePod") ? problem(spec, "accessModes", "takes nothing beside ReadWriteOncePod") : []),
    ...(size === undefined || size === null ? problem(spec, "resources.requests.storage", "is missing") : []),
    ...(amount !== undefined && amount <= 0 ? problem(spec, "resources.requests.storage", "must be more than nothing") : []),
    ...text(spec, "storageClassName", optional(dnsName)),
    ...selectorProblems(inside(spec, "selector")),
  ];
};

const lowerCase: Format = (name) => qualifiedName(name.toLowerCase());

/** The largest priority that is not the system's own. */
const priorityMax = 1_000_000_000;

export const storageClassProblems = (at: At): Problem[] => neededText(at, "provisioner", lowerCase);

export const priorityClassProblems = (at: At): Problem[] => {
  const { value, description, metadata } = at.value;
  const name = textIn(mappingAt(metadata).name) ?? "";
  return [
    ...(typeof value === "number" && value > priorityMax
      ? problem(at, "value", `is ${value}, and more than ${priorityMax} is kept for the system`)
      : []),
    ...(name.startsWith("system-") ? problem(at, "metadata.name", "begins with system-, which is kept for the system") : []),
    // The model has lost this field's type.
    ...(description !== undefined && description !== null && typeof description !== "string" ? problem(at, "description", "must be text") : []),
  ];
};
