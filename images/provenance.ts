/** How an image came to be: an in-toto statement with SLSA's provenance, https://slsa.dev/spec/v1.0/provenance */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { digestOf } from "@fogline/registry";
import { root } from "../scripts/root.ts";
import type { Base } from "./base.ts";
import { debianPurl } from "./debian.ts";
import type { LaidImage } from "./layout.ts";
import { nodePurl, nodeSha512 } from "./node.ts";
import { type Architecture, architectures, type Source } from "./sources.ts";

/** Where and with what was built. */
export interface Builder {
  /** Names who is trusted for what this says: a workflow with its ref, or a machine that nobody vouches for. */
  readonly id: string;
  /** The repository, where it is known to others. */
  readonly repository?: string;
  readonly engine: string;
}

/** The parts of the environment that GitHub sets in a workflow, https://docs.github.com/actions/reference/workflows-and-actions/variables */
export const builderIn = (environment: Readonly<Record<string, string | undefined>>, engine: string): Builder => {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name, GITHUB_WORKFLOW_REF: workflow } = environment;
  if (server === undefined || name === undefined || workflow === undefined) return { id: "urn:fogline:builder:by-hand", engine };
  return { id: `${server}/${workflow}`, repository: `${server}/${name}`, engine };
};

export interface ProvenanceOptions {
  readonly image: LaidImage;
  readonly source: Source;
  readonly builder: Builder;
  /** A base that was not made here. */
  readonly givenBase?: string;
  readonly bases?: Readonly<Record<Architecture, Base>>;
}

const sha256 = (digest: string) => ({ sha256: digest.replace("sha256:", "") });

const dependenciesOf = ({ source, builder, givenBase, bases }: ProvenanceOptions): unknown[] => {
  const lockfile = digestOf(readFileSync(join(root, "package-lock.json")));
  const made = architectures.flatMap((architecture) => {
    const base = bases?.[architecture];
    if (base === undefined) return [];
    return [
      { uri: nodePurl(base.node), digest: { sha512: nodeSha512(base.node) } },
      ...base.packages.map((one) => ({ uri: debianPurl(one), digest: { sha256: one.sha256 } })),
    ];
  });
  const once = new Map(made.map((one) => [one.uri, one]));
  return [
    { uri: `git+${builder.repository ?? "urn:fogline:repository"}@${source.revision}`, digest: { gitCommit: source.revision.replace("-dirty", "") } },
    { uri: "package-lock.json", digest: sha256(lockfile) },
    ...once.values(),
    ...(givenBase === undefined ? [] : [{ uri: givenBase }]),
  ];
};

/** The statement about an image and its parts. It has no time of building in it, so that the same commit gives the same statement. */
export const provenanceOf = (options: ProvenanceOptions): string => {
  const { image, source, builder, givenBase } = options;
  const subjects = [
    { name: `fogline/${image.name}:${image.version}`, digest: sha256(image.index.digest) },
    ...architectures.map((architecture) => ({
      name: `fogline/${image.name}:${image.version} linux/${architecture}`,
      digest: sha256(image.platforms[architecture].manifest.digest),
    })),
  ];
  const statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: subjects,
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        buildType: "urn:fogline:build:images:v1",
        externalParameters: {
          command: "npm run images",
          workload: image.name,
          version: source.version,
          platforms: architectures.map((architecture) => `linux/${architecture}`),
          ...(givenBase === undefined ? {} : { base: givenBase }),
        },
        resolvedDependencies: dependenciesOf(options),
      },
      runDetails: { builder: { id: builder.id, version: { buildah: builder.engine } } },
    },
  };
  return `${JSON.stringify(statement, null, 2)}\n`;
};
