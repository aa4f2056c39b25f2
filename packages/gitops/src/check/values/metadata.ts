import { textIn, textsIn } from "../../tree/loose.ts";
import { type At, formatted, inside, type Problem, pathOf, problem, text } from "./at.ts";
import { among, dnsLabel, dnsName, type Format, labelValue, pathSegment, qualifiedName } from "./formats.ts";

const shortName =
  (lengthMax: number): Format =>
  (name) =>
    name.length > lengthMax ? `takes at most ${lengthMax} characters` : dnsName(name);

/** Kinds whose names are written otherwise than names are in general. */
const nameFormats: Readonly<Record<string, Format>> = {
  Namespace: dnsLabel,
  Service: dnsLabel,
  Role: pathSegment,
  RoleBinding: pathSegment,
  ClusterRole: pathSegment,
  ClusterRoleBinding: pathSegment,
  // Each of these becomes a label of its pods; what a CronJob makes has eleven characters more.
  StatefulSet: shortName(63),
  Job: shortName(63),
  CronJob: shortName(52),
};

/** Of all annotations together, in bytes. */
const annotationBytesMax = 256 * 1024;

export const labelProblems = (at: At, key: string): Problem[] =>
  Object.entries(textsIn(at.value[key])).flatMap(([name, value]) => {
    const path = pathOf(at, key, name);
    return [...formatted(name, path, qualifiedName), ...formatted(value, path, labelValue)];
  });

const annotationProblems = (at: At): Problem[] => {
  const annotations = Object.entries(textsIn(at.value.annotations));
  const bytes = annotations.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  return [
    // Keys are compared in lower case here, and only here.
    ...annotations.flatMap(([key]) => formatted(key.toLowerCase(), pathOf(at, "annotations", key), qualifiedName)),
    ...(bytes > annotationBytesMax ? problem(at, "annotations", `take ${bytes} bytes, and ${annotationBytesMax} are allowed`) : []),
  ];
};

/** The metadata of a pod template. */
export const templateMetadata = (at: At): Problem[] => [...labelProblems(at, "labels"), ...annotationProblems(at)];

const podSecurity = "pod-security.kubernetes.io/";

/** The API server reads these labels itself. */
const podSecurityProblems = (at: At): Problem[] =>
  Object.entries(textsIn(at.value.labels)).flatMap(([key, value]) => {
    if (!key.startsWith(podSecurity)) return [];
    const isVersion = key.endsWith("-version");
    const version: Format = (given) => (given === "latest" || /^v1\.\d+$/.test(given) ? undefined : "takes latest, or a version such as v1.36");
    return formatted(value, pathOf(at, "labels", key), isVersion ? version : among("privileged", "baseline", "restricted"));
  });

/** Name, namespace, labels and annotations of an object. */
export const metadataProblems = (object: At): Problem[] => {
  const kind = textIn(object.value.kind) ?? "";
  const metadata = inside(object, "metadata");
  return [
    ...text(metadata, "name", nameFormats[kind] ?? dnsName),
    ...text(metadata, "namespace", dnsLabel),
    ...templateMetadata(metadata),
    ...(kind === "Namespace" ? podSecurityProblems(metadata) : []),
  ];
};
