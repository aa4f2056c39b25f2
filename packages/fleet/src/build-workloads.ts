import { parseBytes, parseCpuMillicores, parseDurationMs } from "@fogline/units";
import { declaredTargets, entriesOf, isTable } from "./declared.ts";
import type { FleetDocument, Path } from "./document.ts";
import { laidOver, workloadLayers } from "./layers.ts";
import type { Volume, Workload, WorkloadOptions, WorkloadTarget } from "./model.ts";
import { maybe, type PlaceOf, present } from "./present.ts";
import type { WorkloadFields } from "./schema.ts";

/** The workloads of a document that no rule objects to, with what holds for each in every place where it runs. */
export const buildWorkloads = (document: FleetDocument, ringOf: ReadonlyMap<string, string>, placeOf: PlaceOf): Workload[] =>
  entriesOf(document, "workloads").map(([name, fields]) => {
    const { pattern, syncs, aggregatesTo } = fields as unknown as WorkloadFields;
    const targets = declaredTargets(document, name, fields).map(({ cluster, part, path }) =>
      buildTarget(document, name, { cluster, part, path }, ringOf, placeOf),
    );
    return { name, targets, syncs: syncs ?? [], ...present({ pattern, aggregatesTo }), place: placeOf(["workloads", name]) };
  });

const buildTarget = (
  document: FleetDocument,
  name: string,
  { cluster, part, path }: { readonly cluster: string; readonly part: string | undefined; readonly path: Path },
  ringOf: ReadonlyMap<string, string>,
  placeOf: PlaceOf,
): WorkloadTarget => {
  // Every layer has the checked shape, and so have they laid over each other.
  const fields = laidOver(workloadLayers(document, cluster, name)) as unknown as WorkloadFields;
  return { cluster, ...present({ part }), ...buildOptions(fields, ringOf.get(cluster) ?? ""), place: placeOf(path) };
};

const buildOptions = (fields: WorkloadFields, ring: string): WorkloadOptions => ({
  settings: { ...fields.settings } as WorkloadOptions["settings"],
  env: Object.fromEntries(Object.entries(fields.env ?? {}).map(([key, value]) => [key, String(value)])),
  replicas: fields.replicas ?? 1,
  placement: { prefer: fields.placement?.prefer ?? "balanced", failover: fields.placement?.failover ?? "normal" },
  ports: fields.ports ?? [],
  devices: fields.devices ?? [],
  volumes: Object.entries(fields.volumes ?? {}).map(([name, volume]) => volumeOf(name, volume)),
  secrets: fields.secrets ?? [],
  needs: present({
    memoryBytes: maybe(fields.needs?.memory, parseBytes),
    cpuMillicores: maybe(fields.needs?.cpu, parseCpuMillicores),
    gpuSlices: fields.needs?.gpu,
  }),
  uses: fields.uses ?? [],
  ...present({
    version: isTable(fields.version) ? (fields.version as Record<string, string>)[ring] : (fields.version as string | undefined),
    image: fields.image,
    command: fields.command,
    args: fields.args,
    userId: fields.user,
    health: maybe(fields.health, healthOf),
  }),
});

const healthOf = ({ http, command, port, interval }: NonNullable<WorkloadFields["health"]>): NonNullable<WorkloadOptions["health"]> => ({
  intervalMs: parseDurationMs(interval ?? "10s") ?? 10_000,
  ...present({ http, command, port }),
});

const volumeOf = (name: string, volume: NonNullable<WorkloadFields["volumes"]>[string]): Volume => {
  const base = { name, path: volume.path };
  if (volume.files !== undefined) return { ...base, kind: "files", files: volume.files };
  if (volume.secret !== undefined) return { ...base, kind: "secret", secret: volume.secret };
  for (const kind of ["keep", "scratch", "memory"] as const) {
    const size = volume[kind];
    if (size !== undefined) return { ...base, kind, sizeBytes: parseBytes(size) ?? 0 };
  }
  throw new Error(`the rules let volume ${name} through, which has no kind`);
};
