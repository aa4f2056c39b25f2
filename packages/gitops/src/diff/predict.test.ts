import { identityOf, type KubernetesObject } from "@fogline/manifests";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { object, tree, workload } from "../testing/tree.ts";
import type { Node } from "./nodes.ts";
import { predict } from "./predict.ts";

const node = (name: string, labels: Record<string, string> = {}, taints: Node["taints"] = []): Node => ({
  name,
  labels: { "kubernetes.io/hostname": name, ...labels },
  taints,
  architecture: "arm64",
  deviceClass: "raspberry-pi",
});
const pis = [node("pi-1", { camera: "yes" }), node("pi-2"), node("pi-3", {}, [{ key: "busy", value: "", effect: "NoSchedule" }])];
const nodes = { old: pis, now: pis };

const claim = (storage: string, spec: Record<string, unknown> = {}) =>
  object("PersistentVolumeClaim", "data", { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } }, ...spec } });
const kept = { storageClassName: "keep" };
const keeping = (allowVolumeExpansion?: boolean) =>
  object("StorageClass", "keep", { metadata: { namespace: undefined }, ...(allowVolumeExpansion === undefined ? {} : { allowVolumeExpansion }) });
const service = (spec: Record<string, unknown>) => object("Service", "web", { spec: { ports: [{ port: 80 }], ...spec } });
const job = (image: string) =>
  object("Job", "once", { spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "a", image }] } } } });
const binding = (role: string) => object("RoleBinding", "may", { roleRef: { kind: "Role", name: role } });
const config = (data: Record<string, string>, rest: Record<string, unknown> = {}) => object("ConfigMap", "settings", { data, ...rest });
const annotated = (one: KubernetesObject, annotations: Record<string, string>): KubernetesObject => ({
  ...one,
  metadata: { ...one.metadata, annotations },
});
const web = (sample = {}) => workload("Deployment", "web", { replicas: 2, ...sample });
const store = (sample = {}) => workload("StatefulSet", "store", { replicas: 3, ...sample });
const agent = (sample = {}) => workload("DaemonSet", "agent", sample);
const flux = "kustomize.toolkit.fluxcd.io";

type Edit = readonly [title: string, before: readonly KubernetesObject[], after: readonly KubernetesObject[], changes: string, restarts: string];

/** One edit a row: what becomes of each object that does not stay, and which pods restart. */
const edits: readonly Edit[] = [
  ["nothing", [web()], [web()], "", ""],
  ["another image", [web()], [web({ image: "registry.acme.example/web:1.1.0" })], "web changed", "web 2"],
  ["an environment variable", [web()], [web({ container: { env: [{ name: "A", value: "1" }] } })], "web changed", "web 2"],
  ["more replicas", [web()], [web({ replicas: 5 })], "web changed", ""],
  ["more replicas and another image", [web()], [web({ replicas: 5, image: "a:2" })], "web changed", "web 2"],
  ["fewer replicas and another image", [web({ replicas: 5 })], [web({ replicas: 1, image: "a:2" })], "web changed", "web 1"],
  ["no replicas and another image", [web()], [web({ replicas: 0, image: "a:2" })], "web changed", ""],
  ["another label of the Deployment itself", [web()], [{ ...web(), metadata: { ...web().metadata, labels: { x: "y" } } }], "web changed", ""],
  ["another strategy", [web()], [web({ spec: { strategy: { type: "Recreate" } } })], "web changed", ""],
  ["a pull policy that is the default", [web()], [web({ container: { imagePullPolicy: "IfNotPresent" } })], "", ""],
  ["a pull policy that is not", [web()], [web({ container: { imagePullPolicy: "Always" } })], "web changed", "web 2"],
  [
    "a quantity in another unit",
    [web({ container: { resources: { limits: { memory: "1024Mi" } } } })],
    [web({ container: { resources: { limits: { memory: "1Gi" } } } })],
    "",
    "",
  ],
  [
    "a protocol that is the default",
    [web({ container: { ports: [{ containerPort: 80 }] } })],
    [web({ container: { ports: [{ containerPort: 80, protocol: "TCP" }] } })],
    "",
    "",
  ],
  ["an empty list instead of none", [web()], [web({ container: { env: [] } })], "", ""],
  ["a grace period that is not the default", [web()], [web({ pod: { terminationGracePeriodSeconds: 60 } })], "web changed", "web 2"],
  [
    "variables in another order",
    [
      web({
        container: {
          env: [
            { name: "A", value: "1" },
            { name: "B", value: "2" },
          ],
        },
      }),
    ],
    [
      web({
        container: {
          env: [
            { name: "B", value: "2" },
            { name: "A", value: "1" },
          ],
        },
      }),
    ],
    "web changed",
    "web 2",
  ],
  ["a checksum annotation", [web({ annotations: { checksum: "a" } })], [web({ annotations: { checksum: "b" } })], "web changed", "web 2"],
  ["a paused Deployment", [web()], [web({ image: "a:2", spec: { paused: true } })], "web changed", ""],
  ["another selector", [web()], [web({ spec: { selector: { matchLabels: { other: "web" } } } })], "web refused", ""],
  [
    "another selector, by force",
    [web()],
    [annotated(web({ spec: { selector: { matchLabels: { other: "web" } } } }), { [`${flux}/force`]: "enabled" })],
    "web recreated",
    "web 2",
  ],
  ["a DaemonSet's image", [agent()], [agent({ image: "a:2" })], "agent changed", "agent 2"],
  [
    "a DaemonSet's image on devices with a label",
    [agent({ pod: { nodeSelector: { camera: "yes" } } })],
    [agent({ image: "a:2", pod: { nodeSelector: { camera: "yes" } } })],
    "agent changed",
    "agent 1",
  ],
  [
    "a DaemonSet that tolerates everything",
    [agent({ pod: { tolerations: [{ operator: "Exists" }] } })],
    [agent({ image: "a:2", pod: { tolerations: [{ operator: "Exists" }] } })],
    "agent changed",
    "agent 3",
  ],
  ["a DaemonSet that leaves devices", [agent()], [agent({ pod: { nodeSelector: { camera: "yes" } } })], "agent changed", "agent 1"],
  [
    "a DaemonSet that waits for deletion",
    [agent({ spec: { updateStrategy: { type: "OnDelete" } } })],
    [agent({ image: "a:2", spec: { updateStrategy: { type: "OnDelete" } } })],
    "agent changed",
    "",
  ],
  ["a StatefulSet's image", [store()], [store({ image: "a:2" })], "store changed", "store 3"],
  [
    "a StatefulSet's image behind a partition",
    [store()],
    [store({ image: "a:2", spec: { updateStrategy: { rollingUpdate: { partition: 2 } } } })],
    "store changed",
    "store 1",
  ],
  ["a StatefulSet's service name", [store()], [store({ spec: { serviceName: "other" } })], "store refused", ""],
  ["a StatefulSet's claim templates", [store()], [store({ spec: { volumeClaimTemplates: [{ metadata: { name: "data" } }] } })], "store refused", ""],
  ["a volume that grows", [claim("1Gi")], [claim("2Gi")], "data changed", ""],
  ["a volume that grows and whose class does", [keeping(true), claim("1Gi", kept)], [keeping(true), claim("2Gi", kept)], "data changed", ""],
  ["a volume that grows and whose class does not", [keeping(), claim("1Gi", kept)], [keeping(), claim("2Gi", kept)], "data refused", ""],
  [
    "a volume that grows by force and whose class does not",
    [keeping(), claim("1Gi", kept)],
    [keeping(), annotated(claim("2Gi", kept), { [`${flux}/force`]: "enabled" })],
    "data refused",
    "",
  ],
  ["a volume that shrinks", [claim("2Gi")], [claim("1Gi")], "data refused", ""],
  ["a volume of the same size in other words", [claim("1Gi")], [claim("1024Mi")], "", ""],
  ["a volume's access mode", [claim("1Gi")], [claim("1Gi", { accessModes: ["ReadWriteMany"] })], "data refused", ""],
  ["a volume's class", [claim("1Gi", { storageClassName: "a" })], [claim("1Gi", { storageClassName: "b" })], "data refused", ""],
  ["a port of a Service", [service({})], [service({ ports: [{ port: 81 }] })], "web changed", ""],
  ["a Service that becomes headless", [service({})], [service({ clusterIP: "None" })], "web refused", ""],
  ["a Service that stays headless unsaid", [service({ clusterIP: "None" })], [service({})], "web changed", ""],
  ["a Job's image", [job("a:1")], [job("a:2")], "once refused", ""],
  ["another role", [binding("a")], [binding("b")], "may refused", ""],
  ["a ConfigMap", [config({ a: "1" })], [config({ a: "2" })], "settings changed", ""],
  ["a frozen ConfigMap", [config({ a: "1" }, { immutable: true })], [config({ a: "2" }, { immutable: true })], "settings refused", ""],
  ["a ConfigMap that is frozen only now", [config({ a: "1" })], [config({ a: "2" }, { immutable: true })], "settings changed", ""],
  ["a new object", [], [config({})], "settings added", ""],
  ["an object that goes", [config({})], [], "settings removed", ""],
  ["an object that goes and is not pruned", [annotated(config({}), { [`${flux}/prune`]: "disabled" })], [], "settings kept", ""],
  ["an object that Flux does not reconcile", [config({ a: "1" })], [annotated(config({ a: "2" }), { [`${flux}/reconcile`]: "disabled" })], "", ""],
  ["an object that Flux applies once", [config({ a: "1" })], [annotated(config({ a: "2" }), { [`${flux}/ssa`]: "IfNotPresent" })], "", ""],
  ["one name and two kinds", [config({}), object("Secret", "settings")], [config({})], "settings removed", ""],
  [
    "another namespace",
    [config({})],
    [object("ConfigMap", "settings", { data: {}, metadata: { namespace: "other" } })],
    "settings added, settings removed",
    "",
  ],
];

const nameIn = (id: string): string => id.split("_")[1] ?? "";

describe("predict", () => {
  it.each(edits)("says what %s does", (_title, before, after, changes, restarts) => {
    const prediction = predict(tree(before), tree(after), nodes);
    expect(
      prediction.objects
        .map(({ id, change }) => `${nameIn(id)} ${change}`)
        .toSorted()
        .join(", "),
    ).toBe(changes);
    expect(prediction.restarts.map(({ id, pods }) => `${nameIn(id)} ${pods}`).join(", ")).toBe(restarts);
  });

  it("adds everything of a tree that was not there, and leaves in the cluster what was in a tree that goes", () => {
    const one = tree([web(), config({})]);
    expect(predict(undefined, one).objects.map(({ change }) => change)).toEqual(["added", "added", "added"]);
    expect(predict(one, undefined).objects.map(({ change }) => change)).toEqual(["kept", "kept", "kept"]);
  });

  it("counts the least pods that an autoscaler runs, and says that there may be more", () => {
    const scaler = object("HorizontalPodAutoscaler", "web", {
      spec: { minReplicas: 3, maxReplicas: 9, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" } },
    });
    const { restarts } = predict(tree([scaler, workload("Deployment", "web")]), tree([scaler, workload("Deployment", "web", { image: "a:2" })]));
    expect(restarts).toMatchObject([{ pods: 3, orMore: true }]);
  });

  it("does not restart a DaemonSet's pod on a device that is new", () => {
    const { restarts } = predict(tree([agent()]), tree([agent({ image: "a:2" })]), { old: pis.slice(0, 1), now: pis });
    expect(restarts).toMatchObject([{ pods: 1 }]);
  });
});

const names = fc.constantFrom("a", "b", "c", "d");
const anyObject: fc.Arbitrary<KubernetesObject> = fc.oneof(
  fc
    .record({ name: names, replicas: fc.nat(4), image: fc.constantFrom("x:1", "x:2") })
    .map(({ name, ...sample }) => workload("Deployment", name, sample)),
  fc.record({ name: names, image: fc.constantFrom("x:1", "x:2") }).map(({ name, image }) => workload("DaemonSet", name, { image })),
  fc
    .record({ name: names, data: fc.dictionary(fc.constantFrom("k", "l"), fc.string()) })
    .map(({ name, data }) => object("ConfigMap", name, { data })),
  fc
    .record({ name: names, storage: fc.constantFrom("1Gi", "2Gi") })
    .map(({ name, storage }) => object("PersistentVolumeClaim", name, { spec: { resources: { requests: { storage } } } })),
);
const anyObjects = fc.uniqueArray(anyObject, { selector: identityOf, maxLength: 12 });

/** The same value with the keys of every mapping in another order. */
const reversedKeys = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversedKeys);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, field]) => [key, reversedKeys(field)]),
  );
};

describe("predict, for any trees", () => {
  it("finds nothing between a tree and itself", () => {
    fc.assert(
      fc.property(anyObjects, (objects) => {
        expect(predict(tree(objects), tree(objects), nodes)).toEqual({ objects: [], restarts: [] });
      }),
    );
  });

  it("leads from the identities of one tree to those of the other", () => {
    fc.assert(
      fc.property(anyObjects, anyObjects, (before, after) => {
        const reached = new Set(before.map(identityOf));
        const { objects } = predict(tree(before), tree(after), nodes);
        // What is refused keeps the rest from getting there.
        fc.pre(objects.every(({ change }) => change !== "refused"));
        for (const { id, change } of objects) {
          if (change === "added") expect(reached.has(id)).toBe(false);
          else expect(reached.has(id)).toBe(true);
          if (change === "added") reached.add(id);
          if (change === "removed") reached.delete(id);
        }
        expect([...reached].toSorted()).toEqual(after.map(identityOf).toSorted());
      }),
    );
  });

  it("does not depend on the order of objects and keys", () => {
    fc.assert(
      fc.property(anyObjects, anyObjects, (before, after) => {
        const mixed = after.toReversed().map((one) => reversedKeys(one) as KubernetesObject);
        expect(predict(tree(before.toReversed()), tree(mixed), nodes)).toEqual(predict(tree(before), tree(after), nodes));
      }),
    );
  });

  it("restarts pods of what changes or is made anew, and of nothing else", () => {
    fc.assert(
      fc.property(anyObjects, anyObjects, (before, after) => {
        const { objects, restarts } = predict(tree(before), tree(after), nodes);
        const changed = objects.filter(({ change }) => change === "changed" || change === "recreated").map(({ id }) => id);
        for (const { id, pods } of restarts) {
          expect(changed).toContain(id);
          expect(pods).toBeGreaterThan(0);
        }
      }),
    );
  });
});
