import { type At, formatted, has, inside, listIn, neededText, number, oneOf, type Problem, pathOf, problem } from "./at.ts";
import { portName } from "./formats.ts";

/** A port by its number, or by the name that its container gives it. */
export const portProblems = (at: At, key: string): Problem[] => {
  const value = at.value[key];
  if (value === undefined || value === null) return problem(at, key, "is missing");
  return typeof value === "string" ? formatted(value, pathOf(at, key), portName) : number(at, key, { min: 1, max: 65_535 });
};

const handlers = ["exec", "httpGet", "tcpSocket", "grpc"];

/** What is done to a container: asked for by a probe, or at its start and end. */
const handlerProblems = (at: At, allowed: readonly string[]): Problem[] => [
  ...oneOf(at, allowed),
  ...(has(at, "exec") && listIn(inside(at, "exec"), "command").length === 0 ? problem(at, "exec.command", "is missing") : []),
  ...["httpGet", "tcpSocket"].filter((key) => has(at, key)).flatMap((key) => portProblems(inside(at, key), "port")),
  ...(has(at, "grpc") ? number(inside(at, "grpc"), "port", { min: 1, max: 65_535 }) : []),
  ...itemsWithoutName(at),
];

const itemsWithoutName = (at: At): Problem[] =>
  listIn(inside(at, "httpGet"), "httpHeaders").flatMap((_, index) => neededText(headerAt(at, index), "name"));

const headerAt = (at: At, index: number): At => {
  const headers = inside(at, "httpGet");
  const header = listIn(headers, "httpHeaders")[index];
  return {
    value: (typeof header === "object" && header !== null ? header : { name: "-" }) as At["value"],
    path: pathOf(headers, "httpHeaders", index),
  };
};

const probeProblems = (at: At, successesMax: number): Problem[] => [
  ...handlerProblems(at, handlers),
  ...["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "failureThreshold"].flatMap((key) => number(at, key)),
  ...number(at, "successThreshold", { min: 0, max: successesMax }),
  ...number(at, "terminationGracePeriodSeconds", { min: 1 }),
];

/** The probes and hooks of a container. Only a readiness probe may ask for several successes. */
export const probesOf = (container: At): Problem[] => [
  ...["livenessProbe", "startupProbe"].filter((key) => has(container, key)).flatMap((key) => probeProblems(inside(container, key), 1)),
  ...(has(container, "readinessProbe") ? probeProblems(inside(container, "readinessProbe"), Number.POSITIVE_INFINITY) : []),
  ...["postStart", "preStop"].flatMap((hook) => {
    const lifecycle = inside(container, "lifecycle");
    return has(lifecycle, hook) ? handlerProblems(inside(lifecycle, hook), ["exec", "httpGet", "tcpSocket", "sleep"]) : [];
  }),
];
