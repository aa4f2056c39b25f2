import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/root.ts";
import { eventually } from "../system/testing/eventually.ts";
import type { Repository } from "../system/testing/repository.ts";
import { conditionOf, followsBranch, isRefusedIn, startTestCluster, type TestCluster } from "./testing/cluster.ts";

const password = "correct horse battery staple";
const file = "clusters/secrets/edge-pi/db.sops.yaml";
const db = { apiVersion: "v1", kind: "Secret", name: "db", namespace: "fogline" };
const patienceMs = 120_000;

/** The command as a person runs it in their clone, with a value on standard input. */
const fogline = (repository: Repository, args: readonly string[], input = "") => {
  const env = { PATH: process.env.PATH, HOME: repository.path };
  const program = join(root, "packages/cli/src/main.ts");
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, "--repo", repository.path, ...args], { env, input, encoding: "utf8" });
  return { status, said: stdout + stderr };
};
const keyOf = (repository: Repository, cluster: string): string => readFileSync(join(repository.path, `.fogline/keys/${cluster}.agekey`), "utf8");

describe("secrets of a cluster under Flux", () => {
  let cluster: TestCluster;
  const storedPassword = async (): Promise<string> => Buffer.from((await cluster.api.get(db))?.data?.password ?? "", "base64").toString("utf8");

  beforeAll(async () => {
    cluster = await startTestCluster("edge-pi", {
      prepare: (repository) => {
        writeFileSync(join(repository.path, ".gitignore"), ".fogline/\n");
        followsBranch(repository);
        for (const name of ["edge-pi", "edge-jetson"]) expect(fogline(repository, ["cluster", "init", name])).toMatchObject({ status: 0 });
        expect(fogline(repository, ["secret", "set", "edge-pi", "db", "password"], password)).toMatchObject({ status: 0 });
      },
      ageKey: (repository) => keyOf(repository, "edge-pi"),
    });
    await cluster.settled(cluster.head());
  });
  afterAll(async () => {
    await cluster?.stop();
  });

  it("are decrypted by kustomize-controller with the cluster's own key, and lie encrypted in git", async () => {
    expect(await storedPassword()).toBe(password);
    const rendered = readFileSync(join(cluster.repository.path, "clusters/edge-pi/configs/db.sops.yaml"), "utf8");
    expect(rendered).toBe(readFileSync(join(cluster.repository.path, file), "utf8"));
    expect(rendered).not.toContain(password);
  });

  it("are there in their new value after it was set", async () => {
    expect(fogline(cluster.repository, ["secret", "set", "edge-pi", "db", "password"], "another one")).toMatchObject({ status: 0 });
    cluster.repository.render();
    await cluster.settled(await cluster.push("a new password"));
    expect(await storedPassword()).toBe("another one");
  });

  it("that another cluster's key opens are refused by Flux, and check had said so", async () => {
    const good = cluster.head();
    const before = await storedPassword();
    expect(fogline(cluster.repository, ["secret", "set", "edge-jetson", "db", "password"], "of the other")).toMatchObject({ status: 0 });
    cpSync(join(cluster.repository.path, "clusters/secrets/edge-jetson/db.sops.yaml"), join(cluster.repository.path, file));
    rmSync(join(cluster.repository.path, "clusters/secrets/edge-jetson"), { recursive: true });
    cluster.repository.render();
    const check = fogline(cluster.repository, ["check"]);
    expect(check.status).toBe(1);
    expect(check.said).toMatch(/FL3212[\s\S]*clusters\/secrets\/edge-pi\/db\.sops\.yaml/);
    const revision = await cluster.push("a secret of another cluster");
    const failed = await eventually(
      "Flux cannot decrypt it",
      async () => {
        const configs = (await cluster.kustomizations()).get("configs");
        return configs !== undefined && isRefusedIn(configs, revision) && configs;
      },
      patienceMs,
    );
    expect(conditionOf(failed)?.message).toMatch(/decrypt|data key/);
    expect(await storedPassword()).toBe(before);
    await cluster.settled(await cluster.restore(good));
  });

  it("are read with the new key after the cluster got one and everything was encrypted anew", async () => {
    const { repository, api } = cluster;
    const old = keyOf(repository, "edge-pi");
    expect(fogline(repository, ["cluster", "init", "edge-pi", "--new-key"])).toMatchObject({ status: 0 });
    fogline(repository, ["secret", "rotate", "edge-pi"]);
    const key = keyOf(repository, "edge-pi");
    expect(key).not.toBe(old);
    // What the command prints: the Secret with the new key alone.
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "sops-age", namespace: "flux-system" } };
    await api.apply({ ...secret, stringData: { "edge-pi.agekey": key } }, { fieldManager: "day-0" });
    expect(fogline(repository, ["secret", "set", "edge-pi", "db", "password"], "after the theft")).toMatchObject({ status: 0 });
    repository.render();
    await cluster.settled(await cluster.push("new keys"));
    expect(await storedPassword()).toBe("after the theft");
  });
});
