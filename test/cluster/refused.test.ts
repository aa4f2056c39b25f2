import { ApiRefusal, type ControlPlane, startControlPlane } from "@fogline/dev-cluster";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installDefinitions } from "./testing/definitions.ts";
import { exampleClusters, exampleTree, fluxSystem, kindOf, objectsOf } from "./testing/example-trees.ts";
import { type Fault, faultsOf } from "./testing/faults.ts";
import { inParallel } from "./testing/in-parallel.ts";
import { type KindSchema, schemasOf } from "./testing/open-api.ts";
import { placeOf } from "./testing/place.ts";

const objects = exampleClusters.flatMap((name) => objectsOf(exampleTree(name)));
const kinds = [...new Set(objects.map(kindOf))].toSorted();

/**
 * Kinds whose objects in the trees have no field that the published schema requires. They are held to their names alone, which every object needs
 * and no schema says.
 */
const requireOnlyNames = ["scheduling.k8s.io/v1/PriorityClass", "v1/ConfigMap", "v1/Namespace", "v1/PersistentVolumeClaim", "v1/ServiceAccount"];

describe("an object of the trees with one fault", () => {
  let plane: ControlPlane;
  let schemas: ReadonlyMap<string, KindSchema>;
  beforeAll(async () => {
    plane = await startControlPlane();
    await installDefinitions(plane.api);
    schemas = await schemasOf(plane.api, objects);
    for (const namespace of [fluxSystem, ...objects.filter(({ kind }) => kind === "Namespace")]) await plane.api.apply(namespace);
  });
  afterAll(async () => {
    await plane?.stop();
  });

  /** Every fault of the objects of a kind, one for each place that they have in common. */
  const faultsOfKind = (kind: string): Fault[] => {
    const schema = schemas.get(kind);
    if (schema === undefined) throw new Error(`${kind} has no schema`);
    const faults = objects.filter((object) => kindOf(object) === kind).flatMap((object) => faultsOf(object, schema));
    return [...new Map(faults.map((fault) => [`${fault.fault} ${placeOf(fault.at)}`, fault])).values()];
  };

  it.each(kinds)("%s is refused for a field it does not know, a wrong type and a missing field, wherever there can be one", async (kind) => {
    const faults = faultsOfKind(kind);
    const accepted: string[] = [];
    await inParallel(faults, async ({ fault, at, object }) => {
      const refusal = await plane.api.create(object, { dryRun: true }).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (refusal === undefined) accepted.push(`${fault} ${at}`);
      else if (!(refusal instanceof ApiRefusal) || ![400, 422].includes(refusal.status)) throw refusal;
      else if (fault === "unknown field") expect(refusal.message).toMatch(/unknown field ".*colour"/);
    });
    expect(accepted).toEqual([]);
    for (const sort of ["unknown field", "wrong type", "missing field"]) expect(faults.map(({ fault }) => fault)).toContain(sort);
  });

  it("has a field that its schema requires, in every kind but those that are named here", () => {
    const without = kinds.filter((kind) => faultsOfKind(kind).every(({ fault, at }) => fault !== "missing field" || at === "metadata.name"));
    expect(without).toEqual(requireOnlyNames);
  });
});
