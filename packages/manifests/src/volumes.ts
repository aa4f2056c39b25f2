import type { Volume } from "@fogline/fleet";
import type { IConfigMap } from "kubernetes-models/v1/ConfigMap";
import type { IPersistentVolumeClaim } from "kubernetes-models/v1/PersistentVolumeClaim";
import type { IIoK8sApiCoreV1Volume } from "kubernetes-models/v1/Volume";
import { mebibytes } from "./container.ts";

type Metadata = { readonly name: string; readonly namespace: string; readonly labels: Record<string, string> };

/** The name of the object behind a volume. */
const objectName = (workload: string, volume: Volume): string => `${workload}-${volume.name}`;

/** The volume as a pod names it. */
export const podVolume = (workload: string, volume: Volume): IIoK8sApiCoreV1Volume => {
  const { name } = volume;
  switch (volume.kind) {
    case "keep":
      return { name, persistentVolumeClaim: { claimName: objectName(workload, volume) } };
    case "scratch":
      return { name, emptyDir: { sizeLimit: mebibytes(volume.sizeBytes) } };
    case "memory":
      return { name, emptyDir: { medium: "Memory", sizeLimit: mebibytes(volume.sizeBytes) } };
    case "files":
      return { name, configMap: { name: objectName(workload, volume) } };
    case "secret":
      return { name, secret: { secretName: volume.secret, defaultMode: 0o400 } };
  }
};

export const mountOf = (volume: Volume): { name: string; mountPath: string; readOnly?: boolean } => ({
  name: volume.name,
  mountPath: volume.path,
  ...(volume.kind === "files" || volume.kind === "secret" ? { readOnly: true } : {}),
});

/** The objects that must exist for a volume: a claim for what is kept, a ConfigMap for files. */
export const volumeObjects = (metadata: Metadata, volume: Volume, storageClass?: string): (IPersistentVolumeClaim | IConfigMap)[] => {
  const own = { ...metadata, name: objectName(metadata.name, volume) };
  if (volume.kind === "files") return [{ apiVersion: "v1", kind: "ConfigMap", metadata: own, data: { ...volume.files } }];
  if (volume.kind !== "keep") return [];
  return [
    {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: own,
      spec: {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: mebibytes(volume.sizeBytes) } },
        ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
      },
    },
  ];
};
