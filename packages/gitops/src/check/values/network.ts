import { textIn } from "../../tree/loose.ts";
import { isWithin, parseAddress, parseBlock } from "./addresses.ts";
import {
  type At,
  formatted,
  has,
  inside,
  itemsIn,
  listIn,
  neededText,
  number,
  type Problem,
  pathOf,
  problem,
  type Rule,
  repeated,
  text,
  texts,
} from "./at.ts";
import { dnsLabel, dnsName, type Format, optional, portName } from "./formats.ts";
import { labelProblems } from "./metadata.ts";
import { portProblems } from "./probes.ts";
import { selectorProblems } from "./selectors.ts";

const portRange = { min: 1, max: 65_535 };

const servicePorts = (spec: At): Problem[] => {
  const ports = itemsIn(spec, "ports");
  return [
    ...ports.flatMap((port) => [
      ...(ports.length > 1 && !textIn(port.value.name) ? problem(port, "name", "is missing, and there are several ports") : []),
      ...text(port, "name", optional(dnsLabel)),
      ...number(port, "port", portRange),
      // Left out or 0, it is the port itself.
      ...(has(port, "targetPort") && port.value.targetPort !== 0 && port.value.targetPort !== "" ? portProblems(port, "targetPort") : []),
    ]),
    ...repeated(
      ports,
      ({ value }) => textIn(value.name) || undefined,
      (port, name) => problem(port, "name", `is ${name}, as another port's is`),
    ),
    ...repeated(
      ports,
      ({ value }) => `${textIn(value.protocol) || "TCP"} ${value.port}`,
      (port, both) => problem(port, "port", `is ${both}, as another's is`),
    ),
  ];
};

const isAddress: Format = (given) => (parseAddress(given) === undefined ? "is no address" : undefined);

const service: Rule = (object) => {
  const spec = inside(object, "spec");
  const { type, clusterIP } = spec.value;
  const external = type === "ExternalName";
  return [
    ...(external ? neededText(spec, "externalName", (name) => dnsName(name.replace(/\.$/, ""))) : []),
    ...(listIn(spec, "ports").length === 0 && !external && clusterIP !== "None" ? problem(spec, "ports", "is missing") : []),
    ...(clusterIP === "None" && (type === "NodePort" || type === "LoadBalancer") ? problem(spec, "clusterIP", `must not be None with ${type}`) : []),
    ...text(spec, "clusterIP", (given) => (given === "None" ? undefined : optional(isAddress)(given))),
    ...servicePorts(spec),
    ...labelProblems(spec, "selector"),
  ];
};

const block: Format = (given) => (parseBlock(given) === undefined ? "must be a block of addresses such as 10.0.0.0/8" : undefined);

const blockProblems = (at: At): Problem[] => {
  const outer = parseBlock(textIn(at.value.cidr) ?? "");
  return [
    ...neededText(at, "cidr", block),
    ...listIn(at, "except").flatMap((given, index) => {
      if (typeof given !== "string") return [];
      const wrong = formatted(given, pathOf(at, "except", index), block);
      const inner = parseBlock(given);
      if (wrong.length > 0 || inner === undefined || outer === undefined || isWithin(inner, outer)) return wrong;
      return problem(at, `except.${index}`, `is ${given}, which is no part of ${textIn(at.value.cidr)}`);
    }),
  ];
};

const peerProblems = (at: At): Problem[] => {
  const selectors = ["podSelector", "namespaceSelector"];
  const given = selectors.filter((key) => has(at, key));
  return [
    ...(given.length === 0 && !has(at, "ipBlock") ? problem(at, "", "names nobody") : []),
    ...(given.length > 0 && has(at, "ipBlock") ? problem(at, "ipBlock", `must not be there beside ${given.join(" and ")}`) : []),
    ...(has(at, "ipBlock") ? blockProblems(inside(at, "ipBlock")) : []),
    ...selectors.flatMap((key) => selectorProblems(inside(at, key))),
  ];
};

const policyPorts = (rule: At): Problem[] =>
  itemsIn(rule, "ports").flatMap((at) => {
    const { port, endPort } = at.value;
    const named = typeof port !== "number";
    return [
      ...(typeof port === "string" ? text(at, "port", portName) : number(at, "port", portRange)),
      ...number(at, "endPort", portRange),
      ...(typeof endPort === "number" && (named || endPort < port) ? problem(at, "endPort", "needs a port by number before it, and no larger") : []),
    ];
  });

const networkPolicy: Rule = (object) => {
  const spec = inside(object, "spec");
  const types = listIn(spec, "policyTypes");
  return [
    ...selectorProblems(inside(spec, "podSelector")),
    ...(types.length > 2 ? problem(spec, "policyTypes", "are more than there are") : []),
    ...types.flatMap((type, index) =>
      type === "Ingress" || type === "Egress" || typeof type !== "string" ? [] : problem(spec, `policyTypes.${index}`, `is ${type}`),
    ),
    ...(["ingress", "egress"] as const).flatMap((direction) =>
      itemsIn(spec, direction).flatMap((rule) => [
        ...policyPorts(rule),
        ...itemsIn(rule, direction === "ingress" ? "from" : "to").flatMap(peerProblems),
      ]),
    ),
  ];
};

const backendProblems = (at: At): Problem[] => {
  const named = inside(at, "service");
  const port = inside(named, "port");
  if (has(at, "service") === has(at, "resource")) return problem(at, "", "must name a service or a resource");
  if (!has(at, "service")) return [];
  return [
    ...neededText(named, "name", dnsLabel),
    ...(has(port, "name") === has(port, "number") ? problem(port, "", "must be a name or a number") : []),
    ...text(port, "name", portName),
    ...number(port, "number", portRange),
  ];
};

const host: Format = (name) => dnsName(name.replace(/^\*\./, ""));

const ingress: Rule = (object) => {
  const spec = inside(object, "spec");
  return [
    ...(listIn(spec, "rules").length === 0 && !has(spec, "defaultBackend") ? problem(spec, "rules", "is missing") : []),
    ...(has(spec, "defaultBackend") ? backendProblems(inside(spec, "defaultBackend")) : []),
    ...text(spec, "ingressClassName", dnsName),
    ...itemsIn(spec, "tls").flatMap((tls) => [...texts(tls, "hosts", host), ...text(tls, "secretName", optional(dnsName))]),
    ...itemsIn(spec, "rules").flatMap((rule) => [
      ...text(rule, "host", optional(host)),
      ...(has(rule, "http") && listIn(inside(rule, "http"), "paths").length === 0 ? problem(rule, "http.paths", "is missing") : []),
      ...itemsIn(inside(rule, "http"), "paths").flatMap((path) => [
        ...(path.value.pathType === "ImplementationSpecific"
          ? []
          : neededText(path, "path", (given) => (given.startsWith("/") ? undefined : "must begin with /"))),
        ...backendProblems(inside(path, "backend")),
      ]),
    ]),
  ];
};

/** What reaches what. */
export const networkRules: Readonly<Record<string, Rule>> = {
  "v1/Service": service,
  "networking.k8s.io/v1/NetworkPolicy": networkPolicy,
  "networking.k8s.io/v1/Ingress": ingress,
};
