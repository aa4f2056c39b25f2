import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { buildImages } from "../images/build.ts";
import { type LaidImage, readBlob, readLayout } from "../images/layout.ts";
import { layoutFolder } from "../images/sources.ts";
import { missingForImages } from "../scripts/tools.ts";
import { type Place, startPlace } from "../test/images/testing/place.ts";
import { answerIn, becomes, type ServiceName, serviceArguments, services } from "../test/images/testing/service.ts";
import { type Bench, type BenchOptions, verify } from "./bench.ts";
import type { Figure } from "./figures.ts";
import { memoryFigures } from "./process-facts.ts";

/** What each layer of an image is, in their order; docs/container-images.md. */
const layerNames = ["base: libraries of Debian", "base: Node", "state", "program"];
const megabytes = 1e6;

const buildFigures = async ({ say }: BenchOptions): Promise<Figure[]> => {
  const engineFolder = mkdtempSync(join(tmpdir(), "fogline-bench-"));
  const timed = async (what: string): Promise<Figure> => {
    const began = performance.now();
    await buildImages({ engineFolder, environment: {}, say });
    return { what, unit: "s", value: (performance.now() - began) / 1_000 };
  };
  try {
    const cold = await timed("build of all images, engine empty, packages fetched before");
    const before = readLayout(layoutFolder).map(({ index }) => index.digest);
    const warm = await timed("build of all images again, nothing changed");
    verify(
      readLayout(layoutFolder).every(({ index }, at) => index.digest === before[at]),
      "the second build has other digests",
    );
    return [cold, warm];
  } finally {
    rmSync(engineFolder, { recursive: true, force: true, maxRetries: 5 });
  }
};

const sizeFigures = (images: readonly LaidImage[]): Figure[] => {
  const unpacked = new Map<string, number>();
  const unpackedBytes = (layer: LaidImage["index"]): number => {
    const known = unpacked.get(layer.digest) ?? gunzipSync(readBlob(layoutFolder, layer)).length;
    unpacked.set(layer.digest, known);
    return known;
  };
  const [first] = images;
  const figures = (what: string, layer: LaidImage["index"]): Figure[] => [
    { what: `${what}, compressed`, unit: "MB", value: layer.size / megabytes },
    { what: `${what}, unpacked`, unit: "MB", value: unpackedBytes(layer) / megabytes },
  ];
  const total = (what: string, { layers }: LaidImage["platforms"]["amd64"]): Figure[] => [
    { what: `${what}: whole image, compressed`, unit: "MB", value: layers.reduce((sum, { size }) => sum + size, 0) / megabytes },
    { what: `${what}: whole image, unpacked`, unit: "MB", value: layers.reduce((sum, layer) => sum + unpackedBytes(layer), 0) / megabytes },
  ];
  return (["amd64", "arm64"] as const).flatMap((architecture) => [
    ...(first?.platforms[architecture].layers.slice(0, 2).flatMap((layer, at) => figures(`${architecture}: ${layerNames[at]}`, layer)) ?? []),
    ...images.flatMap(({ name, platforms }) => {
      const program = platforms[architecture].layers[3];
      return [
        ...(program === undefined ? [] : figures(`${architecture}: ${name}, its own layer`, program)),
        ...total(`${architecture}: ${name}`, platforms[architecture]),
      ];
    }),
  ]);
};

const runFigures = async (place: Place, name: ServiceName, { settleMs, windowMs, say }: BenchOptions): Promise<Figure[]> => {
  say(`${name} starts, then is idle`);
  const container = await place.docker.output("create", ...serviceArguments(place, name), place.reference(name));
  const began = performance.now();
  await place.docker.output("start", container);
  await becomes(place, container, `${name} is ready`, async () => (await answerIn(place, container, "http://127.0.0.1:9464/readyz"))?.status === 200);
  const readyMs = performance.now() - began;
  await sleep(settleMs);
  const pid = Number(await place.docker.output("inspect", "--format", "{{.State.Pid}}", container));
  const memory = await memoryFigures({ [`${name}, idle`]: pid }, windowMs);
  await place.docker.output("rm", "--force", container);
  return [{ what: `${name}: docker start until /readyz answers 200, asked by docker exec`, unit: "ms", value: readyMs }, ...memory];
};

/** The images: how large, how long they take to build, and what the services take in the pods of the rendered tree. */
export const images: Bench = {
  about: "the container images, built by buildah and run by dockerd with what the pods of the rendered tree have",
  missing: () => missingForImages()[0],
  run: async (options) => {
    const built = await buildFigures(options);
    const place = await startPlace();
    try {
      const figures = [...built, ...sizeFigures([...place.images.values()])];
      for (const name of services) figures.push(...(await runFigures(place, name, options)));
      return figures;
    } finally {
      await place.stop();
    }
  },
};
