import type { KubernetesObject } from "@fogline/manifests";
import { describe, expect, it } from "vitest";
import { edgeDiff } from "../testing/change.ts";
import { kustomization, object, tree, workload } from "../testing/tree.ts";
import { predict } from "./predict.ts";
import { diffText } from "./print/text.ts";

const web = (image: string) => workload("Deployment", "web", { image });
const claim = (storage: string) => object("PersistentVolumeClaim", "data", { spec: { resources: { requests: { storage } } } });
const config = (text: string) => object("ConfigMap", "settings", { data: { text } });
const role = (verb: string) => object("ClusterRole", "reads", { metadata: { namespace: undefined }, rules: [{ verbs: [verb] }] });

/** What becomes of each object, and what restarts. */
const outcome = (before: Parameters<typeof tree>[0], after: Parameters<typeof tree>[0]): string => {
  const { objects, restarts } = predict(tree(before), tree(after));
  return [...objects.map(({ id, change }) => `${id.split("_")[1]} ${change}`), ...restarts.map(({ name }) => `restarts ${name}`)].join(", ");
};

describe("what shares a Kustomization with something that the server refuses", () => {
  it("waits, and none of its pods restart", () => {
    expect(outcome([claim("2Gi"), web("a:1")], [claim("1Gi"), web("a:2")])).toBe("data refused, web waits");
  });

  it("is neither added nor pruned", () => {
    expect(outcome([claim("2Gi"), web("a:1")], [claim("1Gi"), config("new")])).toBe("data refused, settings waits, web waits");
  });

  it("comes about all the same in a stage before, such as a role of the cluster", () => {
    expect(outcome([claim("2Gi"), role("get"), web("a:1")], [claim("1Gi"), role("list"), web("a:2")])).toBe("reads changed, data refused, web waits");
  });

  it("is still named as data that goes", () => {
    const { risks } = edgeDiff([claim("2Gi"), web("a:1")], [workload("Deployment", "web", { spec: { selector: { matchLabels: { b: "c" } } } })]);
    expect(risks.map(({ code }) => code)).toEqual(["FL5001", "FL5003"]);
  });

  it("touches no device and pulls nothing", () => {
    const [edge] = edgeDiff([claim("2Gi"), web("a:1")], [claim("1Gi"), web("a:2")]).clusters;
    expect([edge?.touched.count, edge?.pull.images]).toEqual([0, []]);
  });

  it("says so", () => {
    const text = diffText(edgeDiff([claim("2Gi"), web("a:1")], [claim("1Gi"), web("a:2")]), { details: true }).join("\n");
    expect(text).toContain("... Deployment fogline/web  waits until nothing is refused");
  });
});

describe("another Kustomization", () => {
  const both = (size: string, image: string) => ({ store: [claim(size)], shop: [web(image)] });

  it("goes on when another one is refused", () => {
    expect(outcome(both("2Gi", "a:1"), both("1Gi", "a:2"))).toBe("data refused, web changed, restarts Deployment fogline/web");
  });

  it("waits when it depends on the one that is refused, through others as well", () => {
    const dependent = (size: string, image: string) => {
      const { folders, ...rest } = tree({ store: [claim(size)], between: [], shop: [web(image)] });
      const after = (name: string, on: string): KubernetesObject => kustomization(name, `clusters/edge/apps/${name}`, { dependsOn: [{ name: on }] });
      const chained: Readonly<Record<string, KubernetesObject>> = { between: after("between", "store"), shop: after("shop", "between") };
      return {
        ...rest,
        folders: folders.map((folder) => ({
          ...folder,
          objects: folder.objects.map((one) =>
            one.object.kind === "Kustomization" ? { ...one, object: chained[one.object.metadata.name] ?? one.object } : one,
          ),
        })),
      };
    };
    const { objects, restarts } = predict(dependent("2Gi", "a:1"), dependent("1Gi", "a:2"));
    expect(objects.map(({ change }) => change)).toEqual(["refused", "waits"]);
    expect(restarts).toEqual([]);
  });
});
