import { nameOf } from "@fogline/manifests";
import { describe, expect, it } from "vitest";
import { followsBranch, startTestCluster } from "./testing/cluster.ts";

/** edge-pi and dev are in suites of their own; a site that is always connected follows a branch of git. */
const clusters = [
  { name: "cloud", objectsMin: 60, onGpu: [] },
  { name: "edge-jetson", objectsMin: 40, onGpu: ["inspection"] },
] as const;

describe.each(clusters)("the tree of $name under Flux", ({ name, objectsMin, onGpu }) => {
  it("is there whole and healthy, with every pod on a node that may run it", async () => {
    const cluster = await startTestCluster(name, {
      prepare: followsBranch,
    });
    try {
      await cluster.settled(cluster.head());
      const objects = cluster.tree().folders.flatMap((folder) => folder.objects.map(({ object }) => object));
      const missing: string[] = [];
      for (const { apiVersion, kind, metadata } of objects) {
        if ((await cluster.api.get({ apiVersion, kind, ...metadata })) === undefined) missing.push(nameOf({ apiVersion, kind, metadata }));
      }
      expect(missing).toEqual([]);
      expect(objects.length).toBeGreaterThanOrEqual(objectsMin);
      const pods = (await cluster.api.list({ apiVersion: "v1", kind: "Pod" })).filter(({ metadata }) => metadata.namespace?.startsWith("fogline"));
      expect(pods.filter(({ status }) => status.phase !== "Running").map(({ metadata }) => metadata.name)).toEqual([]);
      const asksForGpu = ({ spec }: (typeof pods)[number]): boolean =>
        spec.containers.some(
          ({ resources }: { resources?: { limits?: Record<string, unknown> } }) => resources?.limits?.["nvidia.com/gpu"] !== undefined,
        );
      expect(pods.filter(asksForGpu).map(({ metadata }) => metadata.labels?.["app.kubernetes.io/name"])).toEqual(onGpu);
      expect(cluster.standIns.problems).toEqual([]);
    } finally {
      await cluster.stop();
    }
  });
});
