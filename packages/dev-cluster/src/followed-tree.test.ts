import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { followedFiles } from "./followed-tree.ts";

const root = join(import.meta.dirname, "../../..");
const source = { url: "http://127.0.0.1:4000/fleet.git", ref: "refs/heads/dev" };

const filesOf = (cluster: string): Map<string, string> =>
  new Map(
    readdirSync(join(root, "clusters", cluster), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".yaml"))
      .map((path): [string, string] => [`clusters/${cluster}/${path}`, readFileSync(join(root, "clusters", cluster, path), "utf8")]),
  );

interface Instance {
  readonly spec: {
    readonly sync: object;
    readonly storage?: object;
    readonly kustomize: { readonly patches: { target: { kind: string }; patch: string }[] };
  };
}

const changed = (cluster: string): Map<string, string> => new Map(followedFiles(filesOf(cluster), cluster, source));

describe("a tree that is fetched from this machine", () => {
  it("of a cluster that follows a branch differs in its FluxInstance alone", () => {
    const files = changed("dev");
    expect([...files.keys()]).toEqual(["clusters/dev/flux-system/fluxinstance-flux.yaml"]);
    const before = load(filesOf("dev").get("clusters/dev/flux-system/fluxinstance-flux.yaml") ?? "") as Instance;
    const { spec } = load([...files.values()][0] ?? "") as Instance;
    expect(spec.sync).toEqual({ ...before.spec.sync, ...source, interval: "60s" });
    const { sync: _, kustomize, ...rest } = spec;
    const { sync: __, kustomize: patches, ...was } = before.spec;
    expect(rest).toEqual(was);
    expect(kustomize.patches).toHaveLength(patches.patches.length);
  });

  it("of a cluster that takes artifacts is a branch to each of its Kustomizations, unsigned, and keeps nothing for offline days", () => {
    const files = changed("edge-pi");
    expect([...files.keys()].every((path) => path.startsWith("clusters/edge-pi/flux-system/"))).toBe(true);
    const { spec } = load(files.get("clusters/edge-pi/flux-system/fluxinstance-flux.yaml") ?? "") as Instance;
    expect(spec.sync).toMatchObject({ kind: "GitRepository", ...source, path: "clusters/edge-pi/flux-system" });
    expect(spec.storage).toBeUndefined();
    expect(spec.kustomize.patches.map(({ target }) => target.kind)).not.toContain("OCIRepository");
    expect(spec.kustomize.patches.at(-1)?.patch).toContain('["clusters/edge-pi"]');
    expect(new Map([...filesOf("edge-pi"), ...files]).size).toBe(filesOf("edge-pi").size);
    expect([...new Map([...filesOf("edge-pi"), ...files]).values()].filter((text) => text.includes("kind: OCIRepository"))).toEqual([]);
  });

  it("says so at the top of each file that is another", () => {
    for (const text of changed("edge-pi").values()) expect(text).toMatch(/^# A dev cluster fetches from this machine/);
  });
});
