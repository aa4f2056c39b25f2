import { execFileSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fogline as run } from "./testing/cli.ts";
import { makeRepository, type Repository } from "./testing/repository.ts";

const publicFile = "clusters/tree-signing.pub";
const fleetFile = "clusters/fleet.yaml";

let repository: Repository;
beforeEach(() => {
  repository = makeRepository();
  writeFileSync(join(repository.path, ".gitignore"), ".fogline/\n");
});
afterEach(() => repository.remove());

const fogline = (...args: string[]) => run(["--repo", repository.path, ...args], { HOME: repository.path });
const privateFile = () => join(repository.path, ".fogline/keys/tree-signing.key");
const publicKey = () => readFileSync(join(repository.path, publicFile), "utf8");
/** Nobody listens there: a push that gets as far as the registry is FL3295. */
const withoutRegistry = () => {
  repository.edit(fleetFile, "domain: edge.acme.example\n", "domain: edge.acme.example\nregistry: localhost:9\n");
  fogline("tree", "key", "--new-key");
  repository.render();
  repository.commit("a registry of this machine");
};

describe("fogline tree key", () => {
  it("makes a key pair whose private half only its owner may read, and which openssl takes", () => {
    rmSync(join(repository.path, publicFile));
    expect(fogline("tree", "key")).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("kubectl create secret generic tree-signing -n flux-system"),
    });
    expect(statSync(privateFile()).mode & 0o777).toBe(0o600);
    expect(execFileSync("openssl", ["pkey", "-in", privateFile(), "-pubout"], { encoding: "utf8" })).toBe(publicKey());
  });

  it("changes nothing when it is run again, and says where the private key is", () => {
    rmSync(join(repository.path, publicFile));
    fogline("tree", "key");
    const before = [publicKey(), readFileSync(privateFile(), "utf8")];
    expect(fogline("--json", "tree", "key").json()).toMatchObject({ treeKey: { privateKey: privateFile(), written: [] } });
    expect([publicKey(), readFileSync(privateFile(), "utf8")]).toEqual(before);
  });

  it("writes the public half anew from the private one", () => {
    rmSync(join(repository.path, publicFile));
    fogline("tree", "key");
    const before = publicKey();
    rmSync(join(repository.path, publicFile));
    expect(fogline("tree", "key").status).toBe(0);
    expect(publicKey()).toBe(before);
  });

  it("puts the old private key aside for a new one", () => {
    fogline("tree", "key", "--new-key");
    const before = publicKey();
    fogline("tree", "key", "--new-key");
    expect(publicKey()).not.toBe(before);
    const [retired = "", ...more] = readdirSync(join(repository.path, ".fogline/keys")).filter((name) => name.includes("retired"));
    expect(more).toEqual([]);
    const aside = join(repository.path, ".fogline/keys", retired);
    expect(execFileSync("openssl", ["pkey", "-in", aside, "-pubout"], { encoding: "utf8" })).toBe(before);
  });

  it("writes no private key where git would keep it", () => {
    rmSync(join(repository.path, publicFile));
    rmSync(join(repository.path, ".gitignore"));
    expect(fogline("tree", "key")).toMatchObject({ status: 3, stderr: expect.stringContaining("FL3204") });
    expect(() => statSync(privateFile())).toThrow();
  });
});

describe("what clusters apply", () => {
  it("is asked for a signature in every cluster that takes it from a registry, once there is a key, and check says so without", () => {
    const instance = (cluster: string) => readFileSync(join(repository.path, `clusters/${cluster}/flux-system/fluxinstance-flux.yaml`), "utf8");
    expect([instance("edge-pi").includes("/spec/verify"), instance("cloud").includes("/spec/verify")]).toEqual([true, false]);
    rmSync(join(repository.path, publicFile));
    repository.render();
    expect(instance("edge-pi")).not.toContain("/spec/verify");
    const { findings } = fogline("--json", "check").json() as { findings: { code: string; cluster: string; severity: string }[] };
    expect(findings.map(({ code, cluster, severity }) => `${cluster} ${code} ${severity}`)).toEqual([
      "edge-jetson FL3119 warning",
      "edge-pi FL3119 warning",
    ]);
  });

  it("is still asked for one when the key cannot be read, which is an error", () => {
    writeFileSync(join(repository.path, publicFile), "hello\n");
    expect(fogline("check")).toMatchObject({ status: 1, stdout: expect.stringContaining("FL3290") });
    repository.render();
    expect(readFileSync(join(repository.path, "clusters/edge-pi/flux-system/fluxinstance-flux.yaml"), "utf8")).toContain("/spec/verify");
  });
});

describe("fogline tree push", () => {
  it.each([
    ["a cluster that follows a branch", ["cloud"], "FL3292"],
    ["a cluster that is not there", ["edge-pie"], "FL1031"],
    ["a ring that is not there", ["--ring", "stabel"], "FL3292"],
    ["a cluster of another ring", ["edge-jetson", "--ring", "stable"], "FL3292"],
  ])("refuses %s", (_, args, code) => {
    expect(fogline("tree", "push", ...args)).toMatchObject({ status: 3, stderr: expect.stringContaining(code) });
  });

  it("refuses what is not committed, and what the fleet does not render, and names every file", () => {
    withoutRegistry();
    const file = "clusters/edge-pi/apps/display/deployment-display.yaml";
    repository.edit(file, "replicas: 1", "replicas: 2");
    expect(fogline("tree", "push")).toMatchObject({ status: 1, stderr: expect.stringMatching(`FL3291[^]*${file} is not committed`) });
    repository.commit("by hand");
    expect(fogline("tree", "push")).toMatchObject({ status: 1, stderr: expect.stringMatching(`FL3291[^]*FL3001[^]*${file} differs`) });
  });

  it("refuses to push what clusters would not take: without the private key, or with another", () => {
    withoutRegistry();
    const key = readFileSync(privateFile(), "utf8");
    rmSync(privateFile());
    expect(fogline("tree", "push")).toMatchObject({ status: 3, stderr: expect.stringContaining("FL3293") });
    execFileSync("openssl", ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", privateFile()]);
    chmodSync(privateFile(), 0o600);
    expect(fogline("tree", "push")).toMatchObject({ status: 3, stderr: expect.stringContaining("FL3293") });
    writeFileSync(privateFile(), key);
    chmodSync(privateFile(), 0o644);
    expect(fogline("tree", "push")).toMatchObject({ status: 3, stderr: expect.stringContaining("FL3205") });
  });

  it("says which registry does not answer", () => {
    withoutRegistry();
    expect(fogline("tree", "push")).toMatchObject({ status: 3, stderr: expect.stringMatching(/FL3295 {2}localhost:9 does not answer/) });
  });
});
