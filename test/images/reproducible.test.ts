import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import { afterAll, describe, expect, it } from "vitest";
import { buildImages } from "../../images/build.ts";
import { openBuildah } from "../../images/buildah.ts";
import { type LaidImage, readBlob, readLayout, readPlatform } from "../../images/layout.ts";
import { architectures, imageNames, layoutFolder, sourceOfHead } from "../../images/sources.ts";

const folder = mkdtempSync(join(tmpdir(), "fogline-images-"));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

const digests = (images: readonly LaidImage[]) =>
  images.map(({ name, index, attachments }) => [name, index.digest, ...attachments.map(({ manifest }) => manifest.digest)]);
const images = readLayout(layoutFolder);

interface Config {
  readonly architecture: string;
  readonly created: string;
  readonly config: {
    readonly User: string;
    readonly WorkingDir: string;
    readonly StopSignal: string;
    readonly Entrypoint: readonly string[];
    readonly Labels: Readonly<Record<string, string>>;
  };
}

describe("the images", () => {
  it("come out with the same digests, and what is said of them, by an engine that never built them before", async () => {
    const layout = join(folder, "oci");
    await buildImages({ layout, engineFolder: join(folder, "buildah"), environment: env, say: () => undefined });
    expect(digests(readLayout(layout))).toEqual(digests(images));
  });

  it("say of this build what they say, whatever the engine has built before", () => {
    const [context, layout] = [join(folder, "context"), join(folder, "labels")];
    mkdirSync(context);
    const containerfile = join(folder, "Containerfile");
    writeFileSync(containerfile, "FROM scratch\nCOPY file /file\nARG REVISION=unknown\nLABEL revision=$REVISION\n");
    writeFileSync(join(context, "file"), "the same");
    const engine = openBuildah(join(folder, "labels-engine"));
    const labels = ["first", "second"].map((revision) => {
      engine.build({ containerfile, context, architecture: "amd64", name: "localhost/labelled", args: { REVISION: revision } });
      engine.export("localhost/labelled", layout, revision);
      const { config } = JSON.parse(readBlob(layout, readPlatform(layout, revision).config).toString("utf8")) as Config;
      return config.Labels.revision;
    });
    expect(labels).toEqual(["first", "second"]);
  });

  it("are those of every workload, for every architecture, with one base", () => {
    expect(images.map(({ name }) => name)).toEqual(imageNames);
    for (const architecture of architectures) {
      const bases = images.map(({ platforms }) =>
        platforms[architecture].layers
          .slice(0, 2)
          .map(({ digest }) => digest)
          .join(),
      );
      expect(new Set(bases).size).toBe(1);
    }
  });

  it("say what they are, run as nobody in particular and stop at SIGTERM", () => {
    const { version, revision, created } = sourceOfHead();
    for (const { name, platforms } of images) {
      for (const architecture of architectures) {
        const { config, ...rest } = JSON.parse(readBlob(layoutFolder, platforms[architecture].config).toString("utf8")) as Config;
        expect(rest).toMatchObject({ architecture, created: "1970-01-01T00:00:00Z" });
        expect(config, name).toMatchObject({ User: "65532:65532", WorkingDir: "/var/lib/fogline", StopSignal: "SIGTERM" });
        expect(config.Entrypoint).toEqual(["/nodejs/bin/node", "/app/main.mjs"]);
        expect(config.Labels).toMatchObject({
          "org.opencontainers.image.licenses": "Apache-2.0",
          "org.opencontainers.image.version": version,
          "org.opencontainers.image.revision": revision,
          "org.opencontainers.image.created": created,
        });
        expect(config.Labels["org.opencontainers.image.title"]).toMatch(/^Fogline /);
      }
    }
  });

  it("hold nothing that tells where they were built", () => {
    const names = images.flatMap(({ platforms }) => Object.values(platforms).flatMap(({ layers }) => layers.slice(2).map(({ digest }) => digest)));
    for (const digest of new Set(names)) {
      const listed = execFileSync("tar", ["-tvzf", join(layoutFolder, "blobs", ...digest.split(":"))], { encoding: "utf8" });
      expect(listed.split("\n").filter((line) => line !== "" && !line.includes("1970-01-01"))).toEqual([]);
      const text = execFileSync("tar", ["-xzOf", join(layoutFolder, "blobs", ...digest.split(":"))], { encoding: "latin1", maxBuffer: 2 ** 28 });
      expect(text.includes(process.cwd())).toBe(false);
    }
  });
});
