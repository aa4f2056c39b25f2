import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ControlPlane, startControlPlane } from "@fogline/dev-cluster";
import { readObjects } from "@fogline/gitops/fixtures";
import { type KubernetesObject, nameOf } from "@fogline/manifests";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/root.ts";
import { installDefinitions } from "./testing/definitions.ts";
import { exampleClusters, exampleTree, fluxSystem, objectsOf } from "./testing/example-trees.ts";

/** Namespaces come before what is in them, as Flux applies a folder. */
const namespacesFirst = (objects: readonly KubernetesObject[]): KubernetesObject[] => [
  ...objects.filter(({ kind }) => kind === "Namespace"),
  ...objects.filter(({ kind }) => kind !== "Namespace"),
];

const isIndex = (path: string): boolean => path.endsWith("/kustomization.yaml");

describe.each(exampleClusters)("the committed tree of %s", (name) => {
  const tree = exampleTree(name);
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane();
    await installDefinitions(plane.api);
    await plane.api.create(fluxSystem);
  });
  afterAll(async () => {
    await plane?.stop();
  });

  it("holds one object a file, and every one of them is applied", () => {
    const files = [...tree.files].filter(([path]) => !isIndex(path));
    expect(objectsOf(tree).map(nameOf).toSorted()).toEqual(files.flatMap(([, text]) => readObjects(text).map(nameOf)).toSorted());
    expect(objectsOf(tree)).toHaveLength(files.length);
    expect(files.length).toBeGreaterThan(20);
  });

  it("is accepted by an empty cluster, object by object in the order of its Kustomizations, and is all there then", async () => {
    let accepted = 0;
    for (const { objects } of tree.layers) {
      for (const object of namespacesFirst(objects)) {
        await plane.api.create(object);
        accepted += 1;
      }
    }
    expect(accepted).toBe([...tree.files.keys()].filter((path) => !isIndex(path)).length);
    for (const object of objectsOf(tree)) {
      const { name: own, namespace } = object.metadata;
      const live = await plane.api.get({ ...object, name: own, namespace });
      expect(live?.metadata.uid, nameOf(object)).toBeDefined();
    }
  });

  it("has kustomization.yaml files that are no objects: no API server knows their kind", async () => {
    const indexes = [...tree.files].filter(([path]) => isIndex(path)).flatMap(([, text]) => readObjects(text));
    expect(indexes).toHaveLength(tree.layers.length);
    for (const { apiVersion, kind } of indexes) {
      expect(apiVersion).toMatch(/^kustomize\.config\.k8s\.io\//);
      await expect(plane.api.pathOf({ apiVersion, kind })).rejects.toMatchObject({ status: 404 });
    }
  });

  it("leaves out the files of hosts that look like objects, whose kinds no API server knows either", async () => {
    const folder = join(root, "bootstrap/generated");
    const alike = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => /\.(ya?ml|conf)$/.test(path))
      .map((path) => readFileSync(join(folder, path), "utf8"))
      .filter((text) => /^apiVersion: /m.test(text) && /^kind: /m.test(text))
      .flatMap(readObjects);
    const kinds = new Map(alike.map(({ apiVersion, kind }) => [kind, apiVersion]));
    expect([...kinds.keys()]).toEqual(["KubeletConfiguration"]);
    for (const [kind, apiVersion] of kinds) await expect(plane.api.pathOf({ apiVersion, kind })).rejects.toMatchObject({ status: 404 });
    expect(objectsOf(tree).filter((object) => kinds.has(object.kind))).toEqual([]);
  });
});
