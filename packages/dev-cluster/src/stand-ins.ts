import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { KubernetesObject } from "@fogline/manifests";
import { loadAll } from "js-yaml";
import type { KubernetesApi, LiveObject } from "./api.ts";
import { needTool } from "./tools.ts";

/** Objects in the YAML files of a folder that `npm run tools` fills. */
export const objectsIn = (...path: readonly [tool: string, ...string[]]): KubernetesObject[] => {
  const [tool, ...rest] = path;
  const at = join(needTool(tool), ...rest);
  return readdirSync(at)
    .filter((file) => file.endsWith(".yaml"))
    .sort()
    .flatMap((file) => loadAll(readFileSync(join(at, file), "utf8")) as KubernetesObject[])
    .filter((object) => object?.kind !== undefined);
};

/** What stands in for programs that cannot run here. Everything they claim is claimed, and not done. */
export interface StandIns {
  /** What went wrong while standing in; empty when all is well. */
  readonly problems: readonly string[];
  stop(): Promise<void>;
}

const pauseMs = 150;
const helm = { apiVersion: "helm.toolkit.fluxcd.io/v2", kind: "HelmRelease" };
const certManager = { apiVersion: "cert-manager.io/v1" };
const claimKind = { apiVersion: "v1", kind: "PersistentVolumeClaim" };
const classKind = { apiVersion: "storage.k8s.io/v1", kind: "StorageClass" };

/** Says that an object is ready in its newest generation, as its own controller would. */
const markReady = async (api: KubernetesApi, object: LiveObject): Promise<void> => {
  const { generation = 1, name, namespace } = object.metadata;
  const ready = object.status?.conditions?.find(({ type }: { type: string }) => type === "Ready");
  if (object.metadata.deletionTimestamp !== undefined || (ready?.status === "True" && (ready.observedGeneration ?? generation) === generation))
    return;
  const condition = {
    ...{ type: "Ready", status: "True", reason: "StandIn", message: "nothing was installed: a stand-in says this" },
    ...{ lastTransitionTime: new Date().toISOString(), observedGeneration: generation },
  };
  const observed = object.kind === "HelmRelease" ? { observedGeneration: generation } : {};
  await api.merge({ ...object, name, namespace }, { status: { ...observed, conditions: [condition] } }, "/status");
};

/** helm-controller: every release is ready at once, and the chart of cert-manager brings its custom resources. */
const standForHelm = async (api: KubernetesApi, installed: Set<string>): Promise<void> => {
  for (const release of await listed(api, helm)) {
    const chart: string = release.spec?.chart?.spec?.chart ?? "";
    if (chart === "cert-manager" && !installed.has(chart)) {
      for (const definition of objectsIn("cert-manager-crds")) await api.apply(definition, { fieldManager: "helm" });
      installed.add(chart);
    }
    await markReady(api, release);
  }
};

/** cert-manager: issuers and certificates are ready at once; no certificate is made. */
const standForCertManager = async (api: KubernetesApi, installed: ReadonlySet<string>): Promise<void> => {
  if (!installed.has("cert-manager")) return;
  for (const kind of ["ClusterIssuer", "Certificate"]) for (const object of await listed(api, { ...certManager, kind })) await markReady(api, object);
};

/** A provisioner: a claim that waits gets a volume of the size it asks for, on the node its pod was put on. */
const provisionVolumes = async (api: KubernetesApi, provided: Set<string>): Promise<void> => {
  const waiting = (await api.list(claimKind)).filter(({ status, metadata }) => status?.phase === "Pending" && !provided.has(metadata.uid));
  for (const claim of waiting) {
    const { uid, name, namespace = "", annotations = {} } = claim.metadata;
    const storageClass = await api.get({ ...classKind, name: claim.spec.storageClassName ?? "" });
    const node = annotations["volume.kubernetes.io/selected-node"];
    if (storageClass === undefined || (storageClass.volumeBindingMode === "WaitForFirstConsumer" && node === undefined)) continue;
    await api.apply({
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: `pvc-${uid}`, annotations: { "pv.kubernetes.io/provisioned-by": storageClass.provisioner } },
      spec: {
        accessModes: claim.spec.accessModes,
        capacity: { storage: claim.spec.resources.requests.storage },
        claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", name, namespace, uid },
        hostPath: { path: `/var/lib/volumes/${uid}` },
        persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? "Delete",
        storageClassName: storageClass.metadata.name,
      },
    } as KubernetesObject);
    provided.add(uid);
  }
};

/** Objects of a kind that may not exist yet. */
const listed = async (api: KubernetesApi, what: { readonly apiVersion: string; readonly kind: string }): Promise<LiveObject[]> =>
  api.list(what).catch((error: { status?: number }) => {
    if (error.status === 404) return [];
    throw error;
  });

/** Stands in for helm-controller, cert-manager and a provisioner of volumes until it is stopped. */
export const startStandIns = (api: KubernetesApi): StandIns => {
  const problems = new Set<string>();
  const [installed, provided] = [new Set<string>(), new Set<string>()];
  let stopped = false;
  const turns = (async () => {
    while (!stopped) {
      for (const turn of [() => standForHelm(api, installed), () => standForCertManager(api, installed), () => provisionVolumes(api, provided)]) {
        await turn().catch((error: unknown) => {
          // Somebody else changed the object meanwhile, or the API server is away on purpose: the next turn sees to it.
          const { status, code } = error as { status?: number; code?: string };
          if (!stopped && status !== 409 && status !== 404 && code === undefined) problems.add(String(error));
        });
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  })();
  return {
    get problems() {
      return [...problems];
    },
    stop: async () => {
      stopped = true;
      await turns;
    },
  };
};
