import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readImagesLock } from "@fogline/fleet";
import { newSigningKey, openRepository, publish, type Repository as RegistryRepository, signatureTag } from "@fogline/registry";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LaidImage, readLayout } from "../../images/layout.ts";
import { artifactOf } from "../../images/push.ts";
import { layoutFolder, sourceOfHead } from "../../images/sources.ts";
import { root } from "../../scripts/root.ts";
import { findTool } from "../../scripts/tools.ts";
import { type Login, startRegistry, type TestRegistry } from "../cluster/testing/registry.ts";
import { fogline } from "../system/testing/cli.ts";
import { makeRepository, type Repository } from "../system/testing/repository.ts";

// `npm run release` as a person types it, into a real registry, and what the fleet makes of it.

let folder: string;
let registry: TestRegistry;
let publisher: Login;
let repository: Repository;
const key = newSigningKey();
const cosign = findTool("cosign");
const images = readLayout(layoutFolder);
const others = { display: "1.2.0", inspection: "2.0.1" };

/** Nobody outside of this machine is asked: a proxy that is not there answers for them. */
const nobodyOutside = { NODE_USE_ENV_PROXY: "1", HTTPS_PROXY: "http://127.0.0.1:9" };

/** What a program printed, and its exit code. This process goes on meanwhile: the registry's tokens come from it. */
const ended = async (child: ChildProcessWithoutNullStreams) => {
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
};
const release = (...args: string[]) => {
  const login = { FOGLINE_REGISTRY_USERNAME: publisher.username, FOGLINE_REGISTRY_PASSWORD: publisher.password, FOGLINE_RELEASE_KEY: "" };
  const command = [join(root, "images/release.ts"), "--built", "--untested", ...args];
  return ended(spawn(process.execPath, command, { cwd: root, env: { ...process.env, ...login, ...nobodyOutside } }));
};
const push = () => release("--push", registry.host, "--key", join(folder, "release.key"), "--repo", repository.path);
const inRegistry = (name: string): RegistryRepository => openRepository({ registry: registry.host, name: `fogline/${name}`, credentials: publisher });
const jsonOf = async <Value>(name: string, reference: string) =>
  JSON.parse((await inRegistry(name).manifest(reference))?.toString("utf8") ?? "null") as Value;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fogline-release-"));
  registry = await startRegistry(folder);
  publisher = registry.allow("publisher", "", ["pull", "push"]);
  writeFileSync(join(folder, "release.key"), key.privateKey, { mode: 0o600 });
  repository = makeRepository();
  repository.edit("clusters/fleet.yaml", "domain: edge.acme.example\n", `domain: edge.acme.example\nregistry: ${registry.host}\n`);
  // Images of others that the fleet names, which are released elsewhere.
  for (const [name, tag] of Object.entries(others)) {
    repository.edit("clusters/fleet.yaml", `registry.edge.acme.example/${name}:${tag}`, `${registry.host}/${name}:${tag}`);
    const target = openRepository({ registry: registry.host, name, credentials: publisher });
    await publish(target, artifactOf(layoutFolder, images[0] as LaidImage), { tags: [tag] });
  }
  repository.render();
});
afterAll(async () => {
  await registry?.stop();
  repository?.remove();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

describe("npm run release", () => {
  it("says what it would do and changes nothing unless it is told where to push", async () => {
    const { code, stderr } = await release();
    expect(code).toBe(0);
    for (const { name, index } of images) expect(stderr).toContain(`fogline/${name}:${sourceOfHead().version}  ${index.digest}`);
    expect(stderr).toContain("The first release.");
    expect(await inRegistry("agent").manifest(sourceOfHead().version)).toBeUndefined();
  });

  it("refuses to push without a key, and says how to give one", async () => {
    const { code, stderr } = await release("--push", registry.host, "--repo", repository.path);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/fix: (--key <file>|commit or stash them)/) });
  });
});

describe.skipIf(sourceOfHead().revision.endsWith("-dirty"))("a release", () => {
  beforeAll(async () => {
    const { code, stderr } = await push();
    if (code !== 0) throw new Error(stderr);
  });

  it("is in the registry under its version, with every architecture, signed", async () => {
    const { version } = sourceOfHead();
    for (const { name, index } of images) {
      expect(await inRegistry(name).manifest(version)).toEqual(readFileSync(join(layoutFolder, "blobs", ...index.digest.split(":"))));
      const { layers } = await jsonOf<{ layers: { annotations: Record<string, string> }[] }>(name, signatureTag(index.digest));
      expect(layers).toHaveLength(1);
    }
  });

  it.skipIf(cosign === undefined)(
    "is taken by `cosign verify` with the public key, and what is said of it too, and refused with another key",
    async () => {
      writeFileSync(join(folder, "release.pub"), key.publicKey);
      writeFileSync(join(folder, "other.pub"), newSigningKey().publicKey);
      const auth = Buffer.from(`${publisher.username}:${publisher.password}`).toString("base64");
      writeFileSync(join(folder, "config.json"), JSON.stringify({ auths: { [registry.host]: { auth } } }), { mode: 0o600 });
      const verify = (digest: string, publicKey: string) => {
        const args = ["verify", "--key", join(folder, publicKey), "--insecure-ignore-tlog", `${registry.host}/fogline/agent@${digest}`];
        return ended(spawn(cosign ?? "", args, { env: { ...process.env, ...nobodyOutside, DOCKER_CONFIG: folder } }));
      };
      const agent = images.find(({ name }) => name === "agent") as LaidImage;
      for (const digest of [agent.index.digest, ...agent.attachments.map(({ manifest }) => manifest.digest)]) {
        const { code, stderr } = await verify(digest, "release.pub");
        expect(code, stderr).toBe(0);
      }
      const { code, stderr } = await verify(agent.index.digest, "other.pub");
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/no matching signatures|invalid signature/);
    },
  );

  it("has its bill of materials and its provenance where registries and clients look for what refers to an image", async () => {
    for (const { name, index, platforms, attachments } of images) {
      for (const subject of [index, platforms.amd64.manifest, platforms.arm64.manifest]) {
        const expected = attachments.filter((one) => one.subject.digest === subject.digest).map(({ manifest }) => manifest.digest);
        const { manifests } = await jsonOf<{ manifests: { digest: string }[] }>(name, subject.digest.replace(":", "-"));
        expect(manifests.map(({ digest }) => digest)).toEqual(expected);
      }
    }
  });

  it("uploads nothing the second time", async () => {
    const { code, stderr } = await push();
    expect(code).toBe(0);
    expect(stderr.match(/there already {2}signed before/g)).toHaveLength(images.length);
  });

  it("is in the lock with digest, platforms and layers, and the tree has the digests", async () => {
    const { version } = sourceOfHead();
    const { lock, findings } = readImagesLock(readFileSync(join(repository.path, "clusters/images.lock.yaml"), "utf8"));
    expect(findings).toEqual([]);
    const gateway = images.find(({ name }) => name === "gateway");
    expect(lock?.[`${registry.host}/fogline/gateway:${version}`]).toEqual({
      digest: gateway?.index.digest,
      platforms: Object.fromEntries(
        Object.entries(gateway?.platforms ?? {}).map(([architecture, { manifest, layers }]) => [
          architecture,
          { digest: manifest.digest, layers: layers.map(({ digest, size }) => ({ digest, bytes: size })) },
        ]),
      ),
    });
    repository.render();
    const deployment = readFileSync(join(repository.path, "clusters/cloud/apps/gateway/deployment-gateway.yaml"), "utf8");
    expect(deployment).toContain(`image: ${registry.host}/fogline/gateway:${version}@${gateway?.index.digest}`);
  });

  it("has in the lock what other registries say of the images that the trees name by a tag alone", () => {
    const { lock } = readImagesLock(readFileSync(join(repository.path, "clusters/images.lock.yaml"), "utf8"));
    const own = lock?.[`${registry.host}/fogline/${images[0]?.name}:${sourceOfHead().version}`];
    for (const [name, tag] of Object.entries(others)) expect(lock?.[`${registry.host}/${name}:${tag}`]).toEqual(own);
  });

  it("satisfies check: what is still without a digest is in registries that did not answer", () => {
    const { stdout } = fogline(["--repo", repository.path, "check", "--json"]);
    const { findings } = JSON.parse(stdout) as { findings: { code: string; message: string; severity: string }[] };
    expect(findings.filter(({ message }) => message.includes(registry.host))).toEqual([]);
    expect(new Set(findings.filter(({ severity }) => severity === "error").map(({ code }) => code))).toEqual(new Set(["FL2101"]));
  });

  it("has a section in the changelog", () => {
    expect(readFileSync(join(repository.path, "CHANGELOG.md"), "utf8")).toMatch(
      /^# Changes\n\n## 0\.1\.0 \(\d{4}-\d\d-\d\d\)\n\nThe first release\.\n/,
    );
  });
});
