import { describe, expect, it } from "vitest";
import { blobOf, digestOf, indexType, jsonBytes, manifestType } from "./blob.ts";
import { publish } from "./publish.ts";
import { referrersTag } from "./referrers.ts";
import type { Repository } from "./repository.ts";

/** A registry in memory, which lists what refers to a manifest by itself or leaves that to clients. */
const repositoryThat = (listsReferrers: boolean) => {
  const manifests = new Map<string, Buffer>();
  const repository: Repository = {
    reference: "registry.example/app",
    manifest: async (reference) => manifests.get(reference),
    putBlob: async () => true,
    putManifest: async (reference, manifest) => {
      manifests.set(reference, manifest);
      return listsReferrers;
    },
  };
  return { repository, manifests };
};
const empty = blobOf("application/vnd.oci.empty.v1+json", Buffer.from("{}"));
const subject = blobOf(manifestType, Buffer.from("the image")).descriptor;
const saying = (text: string) => {
  const layer = blobOf("text/plain", Buffer.from(text));
  const said = {
    schemaVersion: 2,
    mediaType: manifestType,
    artifactType: "text/plain",
    config: empty.descriptor,
    layers: [layer.descriptor],
    subject,
  };
  const manifest = jsonBytes(said);
  return { digest: digestOf(manifest), manifest, blobs: [empty, layer] };
};
const listed = (bytes: Buffer | undefined) =>
  JSON.parse(bytes?.toString("utf8") ?? "null") as { mediaType: string; manifests: { digest: string }[] } | null;

describe("what refers to a manifest", () => {
  it("is listed under the tag of its subject where the registry does not list it, once each", async () => {
    const { repository, manifests } = repositoryThat(false);
    const [first, second] = [saying("a"), saying("b")];
    for (const one of [first, second, first]) await publish(repository, one, { tags: [] });
    const list = listed(manifests.get(referrersTag(subject.digest)));
    expect(list?.mediaType).toBe(indexType);
    expect(list?.manifests.map(({ digest }) => digest)).toEqual([first.digest, second.digest]);
    expect(list?.manifests[0]).toMatchObject({ artifactType: "text/plain", size: first.manifest.length });
  });

  it("is left to a registry that lists it", async () => {
    const { repository, manifests } = repositoryThat(true);
    const one = saying("a");
    await publish(repository, one, { tags: [] });
    expect([...manifests.keys()]).toEqual([one.digest]);
  });

  it("is nothing for what has no subject", async () => {
    const { repository, manifests } = repositoryThat(false);
    const manifest = jsonBytes({ schemaVersion: 2, mediaType: manifestType, config: empty.descriptor, layers: [] });
    await publish(repository, { digest: digestOf(manifest), manifest, blobs: [empty] }, { tags: ["latest"] });
    expect([...manifests.keys()]).toEqual([digestOf(manifest), "latest"]);
  });

  it("is not written over a list that cannot be read", async () => {
    const { repository, manifests } = repositoryThat(false);
    manifests.set(referrersTag(subject.digest), Buffer.from("nothing"));
    await expect(publish(repository, saying("a"), { tags: [] })).rejects.toMatchObject({ code: "FL3295" });
  });
});
