/**
 * `npm run release`: builds and tests the images and says what a release would do. `npm run release -- --push <registry>` does it: pushes and signs them,
 * writes `clusters/images.lock.yaml` and the changelog. docs/release.md tells the whole way.
 */
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv, env, exit, stderr, stdout } from "node:process";
import { parseArgs } from "node:util";
import { textOf } from "@fogline/findings";
import { type ImagesLock, imagesLockPath } from "@fogline/fleet";
import { publicKeyOf, registryLogin, type SigningKey } from "@fogline/registry";
import { describeBytes } from "@fogline/units";
import { root } from "../scripts/root.ts";
import { show } from "../scripts/step.ts";
import { buildImages } from "./build.ts";
import { missingEngine } from "./buildah.ts";
import { changelogWith, sectionOf, type Version } from "./changelog.ts";
import { type LaidImage, readLayout } from "./layout.ts";
import { lockedImages, lockWith } from "./lock.ts";
import { type PushedImage, pushImage } from "./push.ts";
import { resolveImage, splitReference } from "./resolve.ts";
import { layoutFolder, type Source, sourceOfHead } from "./sources.ts";

const usage = `usage: npm run release -- [--push <registry>] [--key <file>] [--built] [--untested] [--repo <folder>] [--json]
  --push <registry>  where the images go, such as ghcr.io/acme; without it nothing is changed anywhere
  --key <file>       the private key that signs, PEM; or its text in FOGLINE_RELEASE_KEY
  --built            takes the images of the last \`npm run images\` as they are
  --untested         leaves the tests out, for one who has just run them
  --repo <folder>    the repository whose clusters/images.lock.yaml and CHANGELOG.md are written; this one unless said otherwise`;

const say = (text = ""): void => void stderr.write(`${text}\n`);
const git = (...args: string[]): string => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
const textIn = (file: string): string | undefined => (existsSync(file) ? readFileSync(file, "utf8") : undefined);

const options = () => {
  try {
    return parseArgs({
      args: argv.slice(2),
      options: {
        push: { type: "string" },
        key: { type: "string" },
        built: { type: "boolean", default: false },
        untested: { type: "boolean", default: false },
        repo: { type: "string", default: root },
        json: { type: "boolean", default: false },
      },
    }).values;
  } catch (thrown) {
    say(`${textOf(thrown)}\n${usage}`);
    return exit(2);
  }
};

/** The key that signs, from its file or from the environment, never from an argument, which others could see. */
const signingKey = (file: string | undefined): SigningKey | undefined => {
  const privateKey = file === undefined ? env.FOGLINE_RELEASE_KEY : readFileSync(file, "utf8");
  if (privateKey === undefined || privateKey === "") return undefined;
  return { privateKey, publicKey: publicKeyOf(privateKey, file ?? "FOGLINE_RELEASE_KEY") };
};

/** What the commits since the last version's tag say. */
const versionOf = ({ version, created }: Source): Version => {
  const [last] = git("tag", "--merged", "HEAD", "--sort=-version:refname", "--list", "v*")
    .split("\n")
    .filter((tag) => tag !== "" && tag !== `v${version}`);
  const commits =
    last === undefined
      ? undefined
      : git("log", "--no-merges", "--format=%s", `${last}..HEAD`)
          .split("\n")
          .filter((line) => line !== "");
  return { version, date: created.slice(0, 10), commits };
};

/** Why this must not be pushed as a version, with the remedy. */
const refusalOf = ({ revision, version }: Source, key: SigningKey | undefined): string | undefined => {
  if (revision.endsWith("-dirty")) return "there are changes that are not committed, and a release is a commit. fix: commit or stash them";
  if (key === undefined) return "a release is signed, and there is no key. fix: --key <file>, or its text in FOGLINE_RELEASE_KEY";
  const tagged = git("tag", "--list", `v${version}`) === "" ? undefined : git("rev-list", "-n", "1", `v${version}`);
  if (tagged !== undefined && tagged !== revision)
    return `v${version} is ${tagged.slice(0, 12)}, another commit. fix: raise the version in package.json`;
  return undefined;
};

/** What the images of others stand for that the trees name by a tag alone. Those whose registry does not answer are said and left out. */
const othersLocked = async (repository: string, own: ImagesLock): Promise<ImagesLock> => {
  const named = globSync("clusters/*/**/*.yaml", { cwd: repository }).flatMap((file) =>
    [...readFileSync(join(repository, file), "utf8").matchAll(/^\s*(?:- )?image: (\S+)$/gm)].map(([, image = ""]) => image),
  );
  const ownPaths = new Set(Object.keys(own).map((reference) => splitReference(reference)?.name));
  const wanted = [...new Set(named)].filter((image) => splitReference(image) !== undefined && !ownPaths.has(splitReference(image)?.name)).sort();
  const found: [string, ImagesLock[string]][] = [];
  for (const image of wanted) {
    try {
      found.push([image, await resolveImage(image, (host) => registryLogin(env, host))]);
      say(`  locked       ${image}`);
    } catch (thrown) {
      say(`  not locked   ${image}: ${textOf(thrown)}`);
    }
  }
  return Object.fromEntries(found);
};

const pushedLine = ({ reference, digest, uploadedBytes, signature }: PushedImage): string =>
  `  ${reference}  ${digest.slice(0, 19)}  ${uploadedBytes === 0 ? "there already" : `sent ${describeBytes(uploadedBytes)}`}  ${signature === "there" ? "signed before" : "signed"}`;

const builtImages = async (built: boolean): Promise<readonly LaidImage[]> => {
  if (built) return readLayout(layoutFolder);
  const missing = missingEngine();
  if (missing !== undefined) throw new Error(missing);
  return (await buildImages({ environment: env, say })).images;
};

const tested = async (): Promise<void> => {
  for (const command of ["test", "test:images"]) {
    say(`npm run ${command}`);
    if ((await show("npm", ["run", "--silent", command])) !== 0) throw new Error(`npm run ${command} failed, so nothing was released`);
  }
};

const main = async (): Promise<void> => {
  const { push: registry, key: keyFile, built, untested, repo: repository, json } = options();
  const source = sourceOfHead();
  const key = signingKey(keyFile);
  const refusal = refusalOf(source, key);
  if (registry !== undefined && refusal !== undefined) throw new Error(refusal);
  const images = await builtImages(built);
  if (!untested) await tested();
  const version = versionOf(source);
  if (registry === undefined) {
    say(`\n${source.version} of ${source.revision.slice(0, 12)}; nothing is pushed or written without --push <registry>`);
    for (const { name, index } of images) say(`  fogline/${name}:${source.version}  ${index.digest}`);
    if (refusal !== undefined) say(`  not yet: ${refusal}`);
    say(`\n${sectionOf(version)}`);
    if (json) stdout.write(`${JSON.stringify({ source, images, pushed: [], refusal: refusal ?? null }, null, 2)}\n`);
    return;
  }
  const credentials = registryLogin(env, registry.split("/")[0] ?? registry);
  say(`\npushing to ${registry}`);
  const pushed: PushedImage[] = [];
  for (const image of images) {
    const login = credentials === undefined ? {} : { credentials };
    pushed.push(await pushImage(image, { layout: layoutFolder, registry, ...login, ...(key === undefined ? {} : { key }) }));
    say(pushedLine(pushed.at(-1) as PushedImage));
  }
  const own = lockedImages(images, registry);
  const others = await othersLocked(repository, own);
  const [lockFile, changelogFile] = [join(repository, imagesLockPath), join(repository, "CHANGELOG.md")];
  writeFileSync(lockFile, lockWith({ ...others, ...own }, textIn(lockFile)));
  writeFileSync(changelogFile, changelogWith(version, textIn(changelogFile)));
  say(`  written      ${imagesLockPath}, CHANGELOG.md`);
  say(`next: fogline render, git add clusters/ CHANGELOG.md, commit, git tag v${source.version}`);
  if (json) stdout.write(`${JSON.stringify({ source, images, pushed, refusal: null }, null, 2)}\n`);
};

await main().catch((thrown: unknown) => {
  say(textOf(thrown));
  exit(1);
});
