import { parseQuantity } from "@fogline/units";
import { textIn } from "../../tree/loose.ts";
import { type At, has, inside, itemsIn, neededText, number, oneOf, type Problem, problem, repeated } from "./at.ts";
import { podField, resourceField } from "./containers.ts";
import { dnsLabel, type Format, innerPath, withoutParents } from "./formats.ts";
import { claimProblems } from "./storage.ts";

const mode = { min: 0, max: 0o777 };

const absolute: Format = (path) => (path.startsWith("/") ? undefined : "must begin with /");

/** Keys of a ConfigMap or Secret, and the files that they become. */
const fileProblems = (at: At): Problem[] => [
  ...number(at, "defaultMode", mode),
  ...itemsIn(at, "items").flatMap((item) => [...neededText(item, "key"), ...neededText(item, "path", innerPath), ...number(item, "mode", mode)]),
];

/** What a pod says of itself, as files. */
const downwardProblems = (at: At): Problem[] => [
  ...number(at, "defaultMode", mode),
  ...itemsIn(at, "items").flatMap((item) => [
    ...neededText(item, "path", innerPath),
    ...number(item, "mode", mode),
    ...oneOf(item, ["fieldRef", "resourceFieldRef"]),
    ...(has(item, "fieldRef") ? neededText(inside(item, "fieldRef"), "fieldPath", fileField) : []),
    ...(has(item, "resourceFieldRef") ? neededText(inside(item, "resourceFieldRef"), "resource", resourceField) : []),
  ]),
];

/** All labels or all annotations make a file, and nothing of what is known only once the pod runs. */
const fileField: Format = (path) =>
  path === "metadata.labels" || path === "metadata.annotations" || (path.startsWith("metadata.") && podField(path) === undefined)
    ? undefined
    : "names no field that becomes a file";

const projectedProblems = (at: At): Problem[] => {
  const sources = itemsIn(at, "sources");
  const files = sources.flatMap((source) => ["configMap", "secret", "downwardAPI"].flatMap((key) => itemsIn(inside(source, key), "items")));
  return [
    ...number(at, "defaultMode", mode),
    ...sources.flatMap((source) => [
      ...["configMap", "secret"].flatMap((key) =>
        has(source, key) ? [...neededText(inside(source, key), "name"), ...fileProblems(inside(source, key))] : [],
      ),
      ...downwardProblems(inside(source, "downwardAPI")),
      ...(has(source, "serviceAccountToken") ? tokenProblems(inside(source, "serviceAccountToken")) : []),
    ]),
    ...repeated(
      files,
      ({ value }) => textIn(value.path) || undefined,
      (file, path) => problem(file, "path", `is ${path}, as another file's is`),
    ),
  ];
};

const tokenProblems = (at: At): Problem[] => [...neededText(at, "path", innerPath), ...number(at, "expirationSeconds", { min: 600, max: 2 ** 32 })];

const shareProblems = (at: At): Problem[] => [...neededText(at, "server"), ...neededText(at, "path", absolute)];

/** What each kind of volume needs; a kind that is not here is taken as it is. */
const kinds: Readonly<Record<string, (at: At) => Problem[]>> = {
  configMap: (at) => [...neededText(at, "name"), ...fileProblems(at)],
  secret: (at) => [...neededText(at, "secretName"), ...fileProblems(at)],
  hostPath: (at) => neededText(at, "path", withoutParents),
  persistentVolumeClaim: (at) => neededText(at, "claimName"),
  emptyDir: (at) => ((parseQuantity(at.value.sizeLimit) ?? 0) < 0 ? problem(at, "sizeLimit", "is negative") : []),
  projected: projectedProblems,
  downwardAPI: downwardProblems,
  nfs: shareProblems,
  csi: (at) => neededText(at, "driver"),
  ephemeral: (at) => claimProblems(inside(at, "volumeClaimTemplate", "spec")),
};

const volumeProblems = (at: At): Problem[] => {
  const given = Object.keys(at.value).filter((key) => key !== "name" && has(at, key));
  return [
    ...neededText(at, "name", dnsLabel),
    // With no kind at all it is an empty folder.
    ...(given.length > 1 ? problem(at, "", `says ${given.join(" and ")}, and only one is taken`) : []),
    ...given.flatMap((key) => kinds[key]?.(inside(at, key)) ?? []),
  ];
};

/** The volumes of a pod, and the names that containers may mount. Claims of a StatefulSet's template count as volumes too. */
export const volumesOf = (pod: At, claimNames: readonly string[]): { readonly names: ReadonlySet<string>; readonly problems: Problem[] } => {
  const volumes = itemsIn(pod, "volumes");
  const problems = [
    ...volumes.flatMap(volumeProblems),
    ...repeated(
      volumes,
      ({ value }) => textIn(value.name),
      (volume, name) => problem(volume, "name", `is ${name}, as another volume's is`),
    ),
  ];
  return { names: new Set([...claimNames, ...volumes.flatMap(({ value }) => textIn(value.name) ?? [])]), problems };
};

/** A volume of the cluster: what holds it, how much, and who may use it at a time. */
export const persistentVolumeProblems = (spec: At): Problem[] => {
  const sources = ["hostPath", "nfs", "csi", "local", "iscsi", "fc", "cephfs", "rbd", "azureDisk", "awsElasticBlockStore", "gcePersistentDisk"];
  const { capacity, accessModes } = spec.value;
  return [
    ...(sources.some((key) => has(spec, key)) ? [] : problem(spec, "", "says nothing of where its files are")),
    ...(Array.isArray(accessModes) && accessModes.length > 0 ? [] : problem(spec, "accessModes", "is missing")),
    ...(has({ value: { ...(capacity as object) }, path: "" }, "storage") ? [] : problem(spec, "capacity.storage", "is missing")),
    ...(has(spec, "nfs") ? shareProblems(inside(spec, "nfs")) : []),
    ...(has(spec, "hostPath") ? neededText(inside(spec, "hostPath"), "path", withoutParents) : []),
  ];
};
