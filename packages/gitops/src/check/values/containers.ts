import { mappingAt, textIn } from "../../tree/loose.ts";
import { type At, has, inside, itemsIn, listIn, neededText, number, oneOf, type Problem, problem, repeated, text } from "./at.ts";
import { among, configKey, dnsLabel, dnsName, environmentName, type Format, innerPath, optional, portName, trimmed } from "./formats.ts";
import { probesOf } from "./probes.ts";
import { resourceProblems } from "./resources.ts";

const podFields = [
  ...["metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "spec.restartPolicy"],
  ...["status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"],
];
const resourcePaths = /^(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.+)$/;

/** What a pod can say of itself to its containers. */
export const podField: Format = (path) =>
  podFields.includes(path) || /^metadata\.(labels|annotations)\['.+'\]$/.test(path) ? undefined : "names no field that a pod can tell";

export const resourceField: Format = (path) => (resourcePaths.test(path) ? undefined : "names no resource of a container");

const sources: Readonly<Record<string, (at: At) => Problem[]>> = {
  fieldRef: (at) => neededText(at, "fieldPath", podField),
  resourceFieldRef: (at) => neededText(at, "resource", resourceField),
  configMapKeyRef: (at) => [...neededText(at, "name", dnsName), ...neededText(at, "key", configKey)],
  secretKeyRef: (at) => [...neededText(at, "name", dnsName), ...neededText(at, "key", configKey)],
  fileKeyRef: (at) => neededText(at, "key", environmentName),
};

const variableProblems = (at: At): Problem[] => {
  const from = inside(at, "valueFrom");
  const given = Object.keys(sources).filter((key) => has(from, key));
  return [
    ...neededText(at, "name", environmentName),
    ...(has(at, "valueFrom") ? oneOf(from, Object.keys(sources)) : []),
    ...(given.length > 0 && has(at, "value") && at.value.value !== "" ? problem(at, "valueFrom", "must not be there beside a value") : []),
    ...given.flatMap((key) => sources[key]?.(inside(from, key)) ?? []),
  ];
};

const groupProblems = (at: At): Problem[] => [
  ...oneOf(at, ["configMapRef", "secretRef"]),
  ...text(at, "prefix", optional(environmentName)),
  ...["configMapRef", "secretRef"].flatMap((key) => (has(at, key) ? neededText(inside(at, key), "name", dnsName) : [])),
];

const portProblems = (container: At): Problem[] => {
  const ports = itemsIn(container, "ports");
  return [
    ...ports.flatMap((port) => [
      ...text(port, "name", optional(portName)),
      ...number(port, "containerPort", { min: 1, max: 65_535 }),
      ...number(port, "hostPort", { min: 0, max: 65_535 }),
    ]),
    ...repeated(
      ports,
      ({ value }) => textIn(value.name) || undefined,
      (port, name) => problem(port, "name", `is ${name}, as another port's is`),
    ),
  ];
};

/** `devices` are volumes that are mounted as what they are, without a file system. */
const mountProblems = (container: At, volumes: ReadonlySet<string>): Problem[] => {
  const mounts = itemsIn(container, "volumeMounts");
  return [
    ...mounts.flatMap((mount) => {
      const name = textIn(mount.value.name);
      const unknown = name !== undefined && name !== "" && !name.includes("${") && !volumes.has(name);
      return [
        ...neededText(mount, "name"),
        ...(unknown ? problem(mount, "name", `is ${name}, and no volume of the pod has that name`) : []),
        ...neededText(mount, "mountPath"),
        ...text(mount, "subPath", innerPath),
        ...(textIn(mount.value.subPath) && textIn(mount.value.subPathExpr) ? problem(mount, "subPathExpr", "must not be there beside subPath") : []),
      ];
    }),
    ...repeated(
      mounts,
      ({ value }) => textIn(value.mountPath),
      (mount, path) => problem(mount, "mountPath", `is ${path}, as another mount's is`),
    ),
  ];
};

/** User and group numbers are those of Linux. */
export const identityProblems = (security: At): Problem[] =>
  ["runAsUser", "runAsGroup", "fsGroup"].flatMap((key) => number(security, key, { min: 0, max: 2 ** 31 - 1 }));

const profileProblems = (security: At): Problem[] => {
  const profile = inside(security, "seccompProfile");
  if (!has(security, "seccompProfile")) return [];
  const local = profile.value.type === "Localhost";
  if (local === has(profile, "localhostProfile")) return [...neededText(profile, "type"), ...text(profile, "localhostProfile", innerPath)];
  return problem(profile, "localhostProfile", local ? "is missing" : "is only taken with type Localhost");
};

/** The security context of a container or a pod. */
export const securityProblems = (owner: At): Problem[] => {
  const security = inside(owner, "securityContext");
  const { privileged, allowPrivilegeEscalation } = security.value;
  const added = listIn({ value: mappingAt(security.value, "capabilities"), path: "" }, "add");
  const gains = privileged === true ? "privileged" : added.includes("CAP_SYS_ADMIN") ? "CAP_SYS_ADMIN" : undefined;
  return [
    ...identityProblems(security),
    ...profileProblems(security),
    ...(allowPrivilegeEscalation === false && gains !== undefined
      ? problem(security, "allowPrivilegeEscalation", `must not be false beside ${gains}`)
      : []),
  ];
};

/** One container, with the names of the volumes that it may mount. */
export const containerProblems = (at: At, volumes: ReadonlySet<string>): Problem[] => [
  ...neededText(at, "name", dnsLabel),
  ...neededText(at, "image", trimmed),
  ...text(at, "restartPolicy", among("Always", "Never", "OnFailure")),
  ...portProblems(at),
  ...itemsIn(at, "env").flatMap(variableProblems),
  ...itemsIn(at, "envFrom").flatMap(groupProblems),
  ...mountProblems(at, volumes),
  ...resourceProblems(at),
  ...probesOf(at),
  ...securityProblems(at),
];
