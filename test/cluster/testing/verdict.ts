import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Finding } from "@fogline/findings";
import { parseFleet } from "@fogline/fleet";
import { checkTree, readClusterTree, schemaProblems, treeRules } from "@fogline/gitops";
import type { KubernetesObject } from "@fogline/manifests";
import { root } from "../../../scripts/root.ts";

/** The codes that say of an object that no API server takes it. Every other rule is policy: what it refuses could be applied. */
const acceptance = new Set(["FL3003", "FL3009", "FL3118"]);

const path = "clusters/fleet.yaml";
const { fleet } = parseFleet([{ path, text: readFileSync(join(root, path), "utf8") }]);
const rules = treeRules.filter(({ code }) => acceptance.has(code));

/** What `fogline check` has against an object that lies in a tree as a file of its own, as far as an API server would refuse it too. */
export const refusals = (object: KubernetesObject): Finding[] => {
  const [cluster] = fleet?.clusters ?? [];
  if (fleet === undefined || cluster === undefined) throw new Error(`${path} has no cluster`);
  const folder = `clusters/${cluster.name}/flux-system`;
  const files = new Map([
    [`${folder}/kustomization.yaml`, "resources: [object.yaml]\n"],
    [`${folder}/object.yaml`, JSON.stringify(object)],
  ]);
  const { tree, findings } = readClusterTree(files, cluster.name);
  const schema = tree.folders.flatMap(({ objects }) => objects).flatMap((entry) => schemaProblems(entry.object, entry.file));
  return [...findings, ...schema, ...checkTree({ fleet, cluster, tree }, rules)].filter(
    ({ code, severity }) => severity === "error" && acceptance.has(code),
  );
};
