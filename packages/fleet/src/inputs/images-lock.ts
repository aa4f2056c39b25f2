import { codes, type Finding, type Place } from "@fogline/findings";
import { isNode, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import type { Architecture } from "../hardware.ts";
import type { ImageLayer, ImagesLock, LockedImage } from "./images.ts";

/** Where the lock of a repository is. */
export const imagesLockPath = "clusters/images.lock.yaml";

/** Characters and images that are read at all; a fleet of some thousand images stays below. */
const LOCK_CHARACTERS_MAX = 20_000_000;
const IMAGES_MAX = 10_000;
const LAYERS_MAX = 500;
const LAYER_BYTES_MAX = 2 ** 40;

type LockCode = "FL3280" | "FL3281" | "FL3282" | "FL3283" | "FL3284";

const architectureOf: Readonly<Record<string, Architecture>> = { "linux/amd64": "amd64", "linux/arm64": "arm64" };

const fails = (code: LockCode) => ({ params: { code } });
/** A reference with a tag and without a digest: host, path, tag, as the distribution specification has them. */
const TAGGED = /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)+:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

const digest = z.string().refine((text) => DIGEST.test(text), fails("FL3282"));
const layer = z.strictObject({
  digest,
  bytes: z.number().refine((bytes) => Number.isSafeInteger(bytes) && bytes >= 0 && bytes <= LAYER_BYTES_MAX, fails("FL3284")),
});
const image = z.strictObject({
  digest,
  platforms: z.record(z.string(), z.strictObject({ digest, layers: z.array(layer).max(LAYERS_MAX) })),
});
const lock = z.strictObject({ images: z.record(z.string(), image) });

const finding = (code: LockCode, message: string, place: Place): Finding => ({ code, severity: "error", message, place, remedy: codes[code].remedy });

/**
 * Reads `clusters/images.lock.yaml`: what each image reference stood for when it was released, with the size of every layer. Unknown fields are
 * refused. All problems together (FL3280 to FL3284), each with its line; with any of them there is no lock. Never throws.
 */
export const readImagesLock = (
  text: string,
  file: string = imagesLockPath,
): { readonly lock?: ImagesLock; readonly findings: readonly Finding[] } => {
  if (text.length > LOCK_CHARACTERS_MAX) {
    return { findings: [finding("FL3280", `the file has ${text.length} characters, the limit is ${LOCK_CHARACTERS_MAX}`, { file, line: 1 })] };
  }
  try {
    return readText(text, file);
  } catch (thrown) {
    // The parser throws for aliases, which a lock has no use for, and for what is nested without end.
    const message = `the file cannot be expanded: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
    return { findings: [finding("FL3280", message, { file, line: 1 })] };
  }
};

const readText = (text: string, file: string): ReturnType<typeof readImagesLock> => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  const lineAt = (offset: number): number => lines.linePos(offset).line;
  const [broken] = document.errors;
  if (broken !== undefined) return { findings: [finding("FL3280", broken.message, { file, line: lineAt(broken.pos[0]) })] };
  const placeOf = (path: readonly PropertyKey[]): Place => {
    for (let length = path.length; length > 0; length--) {
      const node = document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return { file, line: lineAt(node.range[0]), path: path.map(String).join(".") };
    }
    return { file, line: 1, path: path.map(String).join(".") };
  };
  const value: unknown = document.toJS({ maxAliasCount: 0 });
  const parsed = lock.safeParse(value);
  if (!parsed.success) {
    const findings = parsed.error.issues.map((issue) => {
      const code = (issue.code === "custom" ? (issue.params?.code as LockCode | undefined) : undefined) ?? "FL3281";
      return finding(code, messageOf(code, issue.path, issue.message), placeOf(issue.path));
    });
    return { findings };
  }
  const findings = keysOf(parsed.data.images).flatMap(({ path, message }) => finding("FL3283", message, placeOf(path)));
  return findings.length > 0 ? { findings } : { lock: lockOf(parsed.data.images), findings };
};

const messageOf = (code: LockCode, path: readonly PropertyKey[], message: string): string => {
  const field = path.map(String).join(".") || "the file";
  if (code === "FL3282") return `${field} is not a digest: sha256: and 64 hexadecimal digits`;
  if (code === "FL3284") return `${field} is not a size: whole bytes from 0 to ${LAYER_BYTES_MAX}`;
  return `${field}: ${message}`;
};

type Images = z.infer<typeof lock>["images"];

/** Keys that name no image or no platform that a device of a fleet can have. */
const keysOf = (images: Images): { readonly path: readonly string[]; readonly message: string }[] => {
  const names = Object.keys(images);
  const tooMany = names.length > IMAGES_MAX ? [{ path: ["images"], message: `${names.length} images, the limit is ${IMAGES_MAX}` }] : [];
  return [
    ...tooMany,
    ...Object.entries(images).flatMap(([name, { platforms }]) => [
      ...(TAGGED.test(name)
        ? []
        : [{ path: ["images", name], message: `${name} is not a reference with host and tag, such as registry.example/app:1.0.0` }]),
      ...Object.keys(platforms)
        .filter((platform) => !Object.hasOwn(architectureOf, platform))
        .map((platform) => ({
          path: ["images", name, "platforms", platform],
          message: `${name} has a platform ${platform}; known are ${Object.keys(architectureOf).join(" and ")}`,
        })),
    ]),
  ];
};

const lockOf = (images: Images): ImagesLock =>
  Object.freeze(
    Object.fromEntries(
      Object.entries(images).map(([name, one]): [string, LockedImage] => {
        const platforms = Object.entries(one.platforms).map(([platform, { digest: platformDigest, layers }]) => [
          architectureOf[platform] ?? "",
          Object.freeze({ digest: platformDigest, layers: Object.freeze(layers.map((each): ImageLayer => Object.freeze(each))) }),
        ]);
        return [name, Object.freeze({ digest: one.digest, platforms: Object.freeze(Object.fromEntries(platforms)) })];
      }),
    ),
  );
