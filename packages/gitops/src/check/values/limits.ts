import { parseQuantity } from "@fogline/units";
import { textIn } from "../../tree/loose.ts";
import { type At, has, inside, itemsIn, neededText, number, type Problem, problem, type Rule, repeated, text } from "./at.ts";
import { among, dnsLabel, type Format, pathSegment, qualifiedName } from "./formats.ts";

/** The bounds of a LimitRange, from the smallest to the largest. */
const ordered = ["min", "defaultRequest", "default", "max"];

const boundProblems = (at: At): Problem[] =>
  ordered.flatMap((lower, index) =>
    ordered.slice(index + 1).flatMap((upper) =>
      Object.entries(inside(at, lower).value).flatMap(([name, value]) => {
        const [less, more] = [parseQuantity(value), parseQuantity(inside(at, upper).value[name])];
        return less !== undefined && more !== undefined && less > more ? problem(at, `${lower}.${name}`, `is more than ${upper}.${name}`) : [];
      }),
    ),
  );

const limitType: Format = (type) => (type.includes("/") ? qualifiedName(type) : among("Pod", "Container", "PersistentVolumeClaim")(type));

const limitRange: Rule = (object) => {
  const limits = itemsIn(inside(object, "spec"), "limits");
  return [
    ...limits.flatMap((one) => [...neededText(one, "type", limitType), ...boundProblems(one)]),
    ...repeated(
      limits,
      ({ value }) => textIn(value.type),
      (one, type) => problem(one, "type", `is ${type}, as another's is`),
    ),
  ];
};

/** Where the number of each kind of metric stands. */
const metricFields: Readonly<Record<string, string>> = {
  Resource: "resource",
  ContainerResource: "containerResource",
  Pods: "pods",
  Object: "object",
  External: "external",
};

const metricProblems = (at: At): Problem[] => {
  const type = textIn(at.value.type) ?? "";
  const field = metricFields[type];
  if (field === undefined) return text(at, "type", among(...Object.keys(metricFields)));
  if (!has(at, field)) return problem(at, field, "is missing");
  const source = inside(at, field);
  const target = inside(source, "target");
  const resource = type === "Resource" || type === "ContainerResource";
  const both = has(target, "averageUtilization") && has(target, "averageValue");
  const none = !has(target, "averageUtilization") && !has(target, "averageValue");
  return [
    ...(resource ? neededText(source, "name") : []),
    ...neededText(target, "type", among("Utilization", "Value", "AverageValue")),
    ...number(target, "averageUtilization", { min: 1 }),
    ...(resource && (both || none) ? problem(target, "averageUtilization", both ? "must not be there beside averageValue" : "is missing") : []),
  ];
};

const groupAndVersion: Format = (given) => (/^[^/]+\/[^/]+$/.test(given) ? undefined : "must be a group and a version such as apps/v1");

const autoscaler: Rule = (object) => {
  const spec = inside(object, "spec");
  const { minReplicas, maxReplicas } = spec.value;
  const target = inside(spec, "scaleTargetRef");
  return [
    ...["minReplicas", "maxReplicas"].flatMap((key) => number(spec, key, { min: 1 })),
    ...(typeof minReplicas === "number" && typeof maxReplicas === "number" && maxReplicas < minReplicas
      ? problem(spec, "maxReplicas", "is less than minReplicas")
      : []),
    ...["kind", "name"].flatMap((key) => neededText(target, key, pathSegment)),
    ...(target.value.kind === "ReplicationController" ? [] : neededText(target, "apiVersion", groupAndVersion)),
    ...itemsIn(spec, "metrics").flatMap(metricProblems),
  ];
};

/** What bounds others. */
export const limitRules: Readonly<Record<string, Rule>> = {
  "v1/LimitRange": limitRange,
  "autoscaling/v2/HorizontalPodAutoscaler": autoscaler,
  "node.k8s.io/v1/RuntimeClass": (object) => neededText(object, "handler", dnsLabel),
};
