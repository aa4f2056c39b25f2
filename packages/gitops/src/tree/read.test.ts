import { describe, expect, it } from "vitest";
import { readClusterTree } from "../index.ts";

const kustomization = (name: string, path: string): string =>
  `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: { name: ${name}, namespace: flux-system }\nspec: { path: ${path} }\n`;
const configMap = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, namespace: fogline }\n`;
const index = (...names: string[]): string => `resources: [${names.join(", ")}]\n`;
const files = (more: Record<string, string> = {}): Map<string, string> =>
  new Map(
    Object.entries({
      "clusters/edge/flux-system/kustomization.yaml": index("configs.yaml"),
      "clusters/edge/flux-system/configs.yaml": kustomization("configs", "./clusters/edge/configs/"),
      "clusters/edge/configs/kustomization.yaml": index("a.yaml"),
      "clusters/edge/configs/a.yaml": configMap("a"),
      ...more,
    }),
  );
const read = (more?: Record<string, string>) => {
  const { tree, findings } = readClusterTree(files(more), "edge");
  return { folders: tree.folders.map(({ path, objects }) => [path, ...objects.map(({ object }) => object.metadata.name)]), findings, tree };
};

describe("a tree that is read from files", () => {
  it("has flux-system first, then the folders that its Kustomizations name, with the file of every object", () => {
    const { folders, findings, tree } = read();
    expect(folders).toEqual([
      ["clusters/edge/flux-system", "configs"],
      ["clusters/edge/configs", "a"],
    ]);
    expect(tree.folders[1]?.objects[0]?.file).toBe("clusters/edge/configs/a.yaml");
    expect(findings).toEqual([]);
  });

  it("has the folders that no Kustomization names too, and the secrets beside the clusters when one does", () => {
    const { folders } = read({
      "clusters/edge/flux-system/kustomization.yaml": index("configs.yaml", "secrets.yaml"),
      "clusters/edge/flux-system/secrets.yaml": kustomization("secrets", "clusters/secrets/edge"),
      "clusters/secrets/edge/kustomization.yaml": index("s.sops.yaml"),
      "clusters/secrets/edge/s.sops.yaml": configMap("s"),
      "clusters/edge/old/kustomization.yaml": index("b.yaml"),
      "clusters/edge/old/b.yaml": configMap("b"),
    });
    expect(folders.slice(2)).toEqual([
      ["clusters/secrets/edge", "s"],
      ["clusters/edge/old", "b"],
    ]);
  });

  it("has several objects of one file, and what merge keys bring", () => {
    const both = `${configMap("a")}---\n${configMap("b")}`;
    expect(read({ "clusters/edge/configs/a.yaml": both }).folders[1]).toEqual(["clusters/edge/configs", "a", "b"]);
    const merged = "x: &meta { name: m }\napiVersion: v1\nkind: ConfigMap\nmetadata: { <<: *meta, namespace: fogline }\n";
    expect(read({ "clusters/edge/configs/a.yaml": merged }).folders[1]).toEqual(["clusters/edge/configs", "m"]);
  });

  it("names the files that its lists leave out, and not those of other folders", () => {
    const { tree } = read({
      "clusters/edge/configs/extra.yaml": configMap("x"),
      "clusters/edge/configs/README.md": "",
      "clusters/edge/configs/deep/y.yaml": "",
    });
    expect(tree.folders[1]?.unlisted).toEqual(["clusters/edge/configs/extra.yaml"]);
    expect(tree.folders[0]?.unlisted).toBeUndefined();
  });

  it("says all that could not be read, and has the rest", () => {
    const { folders, findings } = read({
      "clusters/edge/configs/kustomization.yaml": index("a.yaml", "b.yaml", "c.yaml", "d.yaml"),
      "clusters/edge/configs/b.yaml": "kind: [\n",
      "clusters/edge/configs/c.yaml": "hello: world\n",
    });
    expect(folders[1]).toEqual(["clusters/edge/configs", "a"]);
    expect(findings.map(({ code, place }) => [code, place?.file])).toEqual([
      ["FL3009", "clusters/edge/configs/b.yaml"],
      ["FL3009", "clusters/edge/configs/c.yaml"],
      ["FL3008", "clusters/edge/configs/d.yaml"],
    ]);
  });

  it("is refused as a whole only where flux-system is missing", () => {
    expect(readClusterTree(new Map(), "edge").findings).toMatchObject([
      { code: "FL3008", place: { file: "clusters/edge/flux-system/kustomization.yaml" } },
    ]);
  });
});
