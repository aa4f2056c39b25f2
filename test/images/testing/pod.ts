import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { root } from "../../../scripts/root.ts";

interface PodSpec {
  readonly containers: readonly [
    {
      readonly env?: readonly {
        readonly name: string;
        readonly value?: string;
        readonly valueFrom?: { readonly fieldRef: { readonly fieldPath: string } };
      }[];
      readonly resources: { readonly limits: { readonly memory: string } };
      readonly securityContext: {
        readonly allowPrivilegeEscalation: boolean;
        readonly readOnlyRootFilesystem: boolean;
        readonly capabilities: { readonly drop: readonly string[] };
      };
      readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
    },
  ];
  readonly securityContext: { readonly runAsUser: number; readonly runAsGroup: number };
  readonly volumes?: readonly {
    readonly name: string;
    readonly emptyDir?: { readonly sizeLimit: string };
    readonly configMap?: { readonly name: string };
    readonly persistentVolumeClaim?: unknown;
    readonly hostPath?: unknown;
  }[];
}

/** The pod that the rendered tree of a cluster starts. */
export const podOf = (file: string): PodSpec =>
  (parse(readFileSync(join(root, file), "utf8")) as { spec: { template: { spec: PodSpec } } }).spec.template.spec;

/** The files of a ConfigMap of the rendered tree, by name. */
export const configMapOf = (file: string): Readonly<Record<string, string>> =>
  (parse(readFileSync(join(root, file), "utf8")) as { data: Readonly<Record<string, string>> }).data;

/** `160Mi` as docker writes it. */
const dockerSize = (quantity: string): string => quantity.replace(/i$/, "").toLowerCase();

export interface DockerPlaces {
  readonly folder: string;
  readonly configMap?: (name: string) => string;
  /** Values of fields of the pod, by path. */
  readonly fields?: Readonly<Record<string, string>>;
}

/**
 * The arguments of `docker run` that give a container what the tree's pod gives it: user, rights, memory, environment, places to write.
 * `folder` stands for every claim and path of the node, `configMap` names the folder with the files of one.
 */
export const dockerArguments = (
  { containers, securityContext, volumes = [] }: PodSpec,
  { folder, configMap, fields = {} }: DockerPlaces,
): string[] => {
  const [container] = containers;
  const { allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities } = container.securityContext;
  const environment = (container.env ?? []).map(
    ({ name, value, valueFrom }) => `${name}=${value ?? fields[valueFrom?.fieldRef.fieldPath ?? ""] ?? ""}`,
  );
  const mounts = (container.volumeMounts ?? []).flatMap(({ name, mountPath }) => {
    const volume = volumes.find((one) => one.name === name);
    if (volume?.emptyDir !== undefined) return ["--tmpfs", `${mountPath}:rw,mode=1777,size=${dockerSize(volume.emptyDir.sizeLimit)}`];
    if (volume?.configMap !== undefined && configMap !== undefined) return ["--volume", `${configMap(volume.configMap.name)}:${mountPath}:ro`];
    if (volume?.persistentVolumeClaim === undefined && volume?.hostPath === undefined)
      throw new Error(`the volume ${name} is none that docker can stand in for`);
    return ["--volume", `${folder}:${mountPath}`];
  });
  return [
    ...["--user", `${securityContext.runAsUser}:${securityContext.runAsGroup}`],
    ...(readOnlyRootFilesystem ? ["--read-only"] : []),
    ...capabilities.drop.flatMap((name) => ["--cap-drop", name]),
    ...(allowPrivilegeEscalation ? [] : ["--security-opt", "no-new-privileges"]),
    ...["--memory", dockerSize(container.resources.limits.memory)],
    ...environment.flatMap((pair) => ["--env", pair]),
    ...mounts,
  ];
};
