import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { describe, expect, it } from "vitest";
import { type Attachment, type LaidImage, readBlob, readLayout } from "../../images/layout.ts";
import { lockedNode } from "../../images/node.ts";
import { layoutFolder, sourceOfHead } from "../../images/sources.ts";

const images = readLayout(layoutFolder);
const imageOf = (name: string): LaidImage => images.find((image) => image.name === name) as LaidImage;
const said = (kind: Attachment["kind"], name: string): string[] =>
  imageOf(name).attachments.flatMap((one) =>
    one.kind === kind ? one.blobs.slice(1).map((blob) => readBlob(layoutFolder, blob).toString("utf8")) : [],
  );

interface Component {
  readonly name: string;
  readonly group?: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses?: readonly unknown[];
}
const componentsOf = (name: string): readonly Component[] =>
  (JSON.parse(said("sbom", name)[0] ?? "") as { components: readonly Component[] }).components;

describe("the bill of materials of an image", () => {
  it.each(images.map(({ name }) => name))("is valid CycloneDX 1.6 for every architecture of the %s", async (name) => {
    const texts = said("sbom", name);
    expect(texts).toHaveLength(2);
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
    for (const text of texts) expect(await validator.validate(text)).toBeNull();
  });

  it("names Debian's packages with their architecture, Node as it was locked, and everything that esbuild put in, with licences", () => {
    const components = componentsOf("agent");
    const purls = components.map(({ purl }) => purl);
    const { name, version } = lockedNode("amd64");
    expect(purls).toContain(`pkg:npm/${name}@${version}`);
    expect(purls).toContainEqual(expect.stringMatching(/^pkg:deb\/debian\/libc6@[^?]+\?arch=amd64&distro=debian-13$/));
    expect(purls).toContain("pkg:npm/%40fogline/contracts@0.1.0");
    const npm = components.filter(({ purl, group }) => purl.startsWith("pkg:npm/") && group !== "@fogline").map((one) => one.name);
    expect(npm).toEqual(["node", "ws", "zod"]);
    expect(components.filter(({ licenses = [] }) => licenses.length === 0)).toEqual([]);
  });

  it("does not name what is not in the image", () => {
    expect(componentsOf("agent").map(({ name }) => name)).not.toContain("fastify");
    expect(componentsOf("gateway").map(({ name }) => name)).toContain("fastify");
  });
});

describe("the provenance of an image", () => {
  it("is an in-toto statement over the image and its parts, with the commit that it was built from", () => {
    const { revision } = sourceOfHead();
    for (const { name, index, platforms } of images) {
      const [text = ""] = said("provenance", name);
      const statement = JSON.parse(text) as {
        subject: { digest: { sha256: string } }[];
        predicate: { buildDefinition: { resolvedDependencies: unknown[] } };
      };
      expect(statement).toMatchObject({ _type: "https://in-toto.io/Statement/v1", predicateType: "https://slsa.dev/provenance/v1" });
      const subjects = [index, platforms.amd64.manifest, platforms.arm64.manifest].map(({ digest }) => digest.replace("sha256:", ""));
      expect(statement.subject.map(({ digest }) => digest.sha256)).toEqual(subjects);
      expect(statement.predicate.buildDefinition.resolvedDependencies).toContainEqual(
        expect.objectContaining({ digest: { gitCommit: revision.replace("-dirty", "") } }),
      );
    }
  });
});
