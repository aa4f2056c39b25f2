import type { KubernetesObject } from "@fogline/manifests";
import { at, type Fields, fieldsOf, isFields, listOf, textOf } from "./lookup.ts";

/** Kinds whose pods are made from a template, and where it is. */
const templatePaths: Readonly<Record<string, readonly string[]>> = {
  Deployment: ["spec", "template"],
  DaemonSet: ["spec", "template"],
  StatefulSet: ["spec", "template"],
  ReplicaSet: ["spec", "template"],
  Job: ["spec", "template"],
  CronJob: ["spec", "jobTemplate", "spec", "template"],
};

/** The kinds whose running pods are replaced when their template changes. */
export const restartingKinds: ReadonlySet<string> = new Set(["Deployment", "DaemonSet", "StatefulSet"]);

/** The pods' template; `undefined` for what makes no pods. */
export const templateOf = (object: KubernetesObject | Fields): Fields | undefined => {
  const fields = object as Fields;
  const path = templatePaths[textOf(fields.kind) ?? ""];
  const template = path === undefined ? undefined : at(fields, ...path);
  return isFields(template) ? template : undefined;
};

/** The spec of the pods that an object makes or is. */
export const podSpecOf = (object: KubernetesObject | Fields): Fields | undefined => {
  const fields = object as Fields;
  const spec = fields.kind === "Pod" ? fields.spec : templateOf(fields)?.spec;
  return isFields(spec) ? spec : undefined;
};

const containersOf = (spec: Fields | undefined): readonly Fields[] => [...listOf(spec?.initContainers), ...listOf(spec?.containers)].filter(isFields);

/** Every image that its pods run, without repetition, sorted. */
export const imagesOf = (object: KubernetesObject): readonly string[] =>
  [...new Set(containersOf(podSpecOf(object)).flatMap(({ image }) => textOf(image) ?? []))].toSorted();

export interface DeclaredPort {
  readonly number: number;
  readonly name?: string;
  readonly protocol: string;
}

/** The ports that its containers declare. */
export const declaredPorts = (object: KubernetesObject): readonly DeclaredPort[] =>
  containersOf(podSpecOf(object)).flatMap(({ ports }) =>
    listOf(ports).flatMap((port): DeclaredPort[] => {
      const { containerPort, name, protocol } = fieldsOf(port);
      if (typeof containerPort !== "number") return [];
      return [{ number: containerPort, protocol: textOf(protocol) ?? "TCP", ...(typeof name === "string" ? { name } : {}) }];
    }),
  );

/** A ConfigMap or Secret that pods use, and whether a running pod sees a change of it: files are replaced in place, variables never. */
export interface ConfigUse {
  readonly kind: "ConfigMap" | "Secret";
  readonly name: string;
  readonly as: "variables" | "files";
}

/** What its pods take from ConfigMaps and Secrets, without repetition. */
export const configUses = (object: KubernetesObject): readonly ConfigUse[] => {
  const spec = podSpecOf(object);
  const uses: ConfigUse[] = [];
  const use = (kind: ConfigUse["kind"], name: unknown, as: ConfigUse["as"]): void => {
    if (typeof name === "string" && !uses.some((one) => one.kind === kind && one.name === name && one.as === as)) uses.push({ kind, name, as });
  };
  for (const container of containersOf(spec)) {
    for (const source of listOf(container.envFrom)) {
      use("ConfigMap", at(source, "configMapRef", "name"), "variables");
      use("Secret", at(source, "secretRef", "name"), "variables");
    }
    for (const variable of listOf(container.env)) {
      use("ConfigMap", at(variable, "valueFrom", "configMapKeyRef", "name"), "variables");
      use("Secret", at(variable, "valueFrom", "secretKeyRef", "name"), "variables");
    }
  }
  for (const volume of listOf(spec?.volumes)) {
    for (const source of [volume, ...listOf(at(volume, "projected", "sources"))]) {
      use("ConfigMap", at(source, "configMap", "name"), "files");
      use("Secret", at(source, "secret", "secretName") ?? (source === volume ? undefined : at(source, "secret", "name")), "files");
    }
  }
  return uses;
};

/** The claims that its pods mount, by the name of the volume. */
export const claimsOf = (object: KubernetesObject): ReadonlyMap<string, string> =>
  new Map(
    listOf(podSpecOf(object)?.volumes).flatMap((volume): [string, string][] => {
      const claim = textOf(at(volume, "persistentVolumeClaim", "claimName"));
      const name = textOf(at(volume, "name"));
      return claim === undefined || name === undefined ? [] : [[name, claim]];
    }),
  );
