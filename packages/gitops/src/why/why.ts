import { FoglineError, nearest, type Place } from "@fogline/findings";
import type { Fleet, FleetDocument, LayerName } from "@fogline/fleet";
import { type Charts, identityOf, type KubernetesObject, nameOf } from "@fogline/manifests";
import { buildCluster, type ClusterInputs } from "../render/cluster.ts";
import { clusterContexts } from "../render/context.ts";
import type { ClusterTree, TreeObject } from "../tree/tree.ts";
import { fieldAt, valueAt } from "./field.ts";
import { type Leaf, leavesOf } from "./leaves.ts";

/** Who said a value, and where. */
export interface Said {
  readonly layer: LayerName;
  readonly value: unknown;
  readonly place: Place;
}

/** One thing that a field follows from. `said` is empty where nobody states it and a default holds; the last entry counts, the others are covered. */
export interface Cause {
  readonly name: string;
  readonly value: unknown;
  readonly said: readonly Said[];
}

/** Where a field of a rendered object comes from. */
export interface Why {
  readonly cluster: string;
  readonly object: string;
  readonly file: string;
  /** With dots, as it is in the file. */
  readonly field: string;
  readonly value: unknown;
  /** The chart and function that builds the object. */
  readonly chart: string;
  readonly causes: readonly Cause[];
}

export interface WhyQuestion {
  readonly cluster: string;
  /** `Deployment fogline/agent`, `deployment/agent`, `agent`, or a file of the tree. */
  readonly object: string;
  readonly field: string;
}

/**
 * Answers why a field is what it is, by trying: everything in the fleet that the cluster's tree may depend on is changed, one thing at a time, and
 * what changes the field is its cause. So the answer is what the charts do, whoever wrote them, and not what they are said to do.
 * Throws FL3030 for a cluster or object and FL3031 for a field that is not there, with the nearest that is.
 */
export const why = (
  question: WhyQuestion,
  { document, fleet, charts, inputs }: { document: FleetDocument; fleet: Fleet; charts: Charts; inputs: ClusterInputs },
): Why => {
  const context = clusterContexts(fleet, charts).get(question.cluster);
  if (context === undefined)
    throw notThere(
      "cluster",
      question.cluster,
      fleet.clusters.map(({ name }) => name),
    );
  const found = objectOf(buildCluster(context, charts, inputs).tree, question.object);
  const field = fieldAt(found.object, question.field);
  if (field === undefined) {
    throw new FoglineError("FL3031", `${nameOf(found.object)} has no field ${question.field}`, {
      remedy: `look at ${found.file}; it has ${Object.keys((found.object.spec as object | undefined) ?? found.object).join(", ")}`,
    });
  }
  const before = JSON.stringify(field.value);
  const changes = (leaf: Leaf): boolean => {
    for (const variant of leaf.variants()) {
      const after = sameObject(buildCluster(variant, charts, inputs).tree, found.object);
      if (JSON.stringify(valueAt(after, field.path)) !== before) return true;
    }
    return false;
  };
  const causes = leavesOf(document, context)
    .filter(changes)
    .map(
      ({ name, value, statements }): Cause => ({
        name,
        value,
        said: statements.map((statement) => ({ layer: statement.layer, value: statement.value, place: document.placeOf(statement.path) })),
      }),
    );
  return {
    cluster: question.cluster,
    object: nameOf(found.object),
    file: found.file,
    field: field.path.join("."),
    value: field.value,
    chart: found.chart ?? "",
    causes,
  };
};

const objectsIn = (tree: ClusterTree): readonly TreeObject[] => tree.folders.flatMap(({ objects }) => objects);

const sameObject = (tree: ClusterTree, object: KubernetesObject): KubernetesObject | undefined => {
  const identity = identityOf(object);
  return objectsIn(tree).find((one) => identityOf(one.object) === identity)?.object;
};

const objectOf = (tree: ClusterTree, wanted: string): TreeObject => {
  const objects = objectsIn(tree);
  const spellings = ({ object, file }: TreeObject): string[] => {
    const { name, namespace } = object.metadata;
    const kinds = [object.kind, object.kind.toLowerCase()];
    const names = [name, ...(namespace === undefined ? [] : [`${namespace}/${name}`])];
    return [file, ...names.flatMap((one) => [...kinds.flatMap((kind) => [`${kind} ${one}`, `${kind}/${one}`]), one])];
  };
  // A name alone means the workload rather than what belongs to it.
  const rank = ({ object }: TreeObject): number => ["Deployment", "DaemonSet", "StatefulSet"].indexOf(object.kind) + 1 || 9;
  const [found] = objects.filter((one) => spellings(one).includes(wanted)).toSorted((a, b) => rank(a) - rank(b));
  if (found === undefined)
    throw notThere("object", wanted, [
      ...objects.toSorted((a, b) => rank(a) - rank(b)).map(({ object }) => object.metadata.name),
      ...objects.map(({ object }) => nameOf(object)),
    ]);
  return found;
};

const shownMax = 12;

const notThere = (what: "cluster" | "object", name: string, known: readonly string[]): FoglineError => {
  const meant = nearest(name, known);
  const list = known.length > shownMax ? `${known.slice(0, shownMax).join(", ")} and ${known.length - shownMax} more` : known.join(", ");
  return new FoglineError("FL3030", `there is no ${what} ${name}`, { remedy: meant === undefined ? `known are ${list}` : `did you mean ${meant}?` });
};
