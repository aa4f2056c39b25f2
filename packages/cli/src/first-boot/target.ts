import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Finding } from "@fogline/findings";
import { type FirstBootFile, type firstBootWay, imagedDevice, withWords } from "@fogline/gitops";
import { parse } from "yaml";

/** What a card tells its Pi's kernel; a partition without it is no boot partition of a Pi. */
const commandLine = "cmdline.txt";
/** What images bring before anybody wrote to them: those of Raspberry Pi OS and of Ubuntu. */
const untouched = /^instance[-_]id: *(rpios-image|cloud-image)\s*$/m;

/** Where the files of one image go. */
export interface Target {
  readonly folder: string;
  /** The folder was named by the user, so that for a Pi it must be the boot partition. */
  readonly named: boolean;
}

const textAt = (path: string): Promise<string | undefined> =>
  readFile(path, "utf8").catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === "ENOENT" || thrown.code === "ENOTDIR") return undefined;
    throw thrown;
  });

/** Why an image must not be written to a folder, every reason at once. `force` replaces what is in the way, but never another device's image. */
export const targetFindings = async (
  { folder, named }: Target,
  image: { readonly device: string; readonly way: ReturnType<typeof firstBootWay>; readonly paths: readonly string[]; readonly force: boolean },
): Promise<readonly Finding[]> => {
  const of = (code: "FL4133" | "FL4134", message: string, remedy: string): Finding => ({
    code,
    severity: "error",
    message,
    place: { file: folder },
    remedy,
  });
  const isPi = existsSync(join(folder, commandLine));
  if (named && image.way === "pi" && !isPi)
    return [
      of(
        "FL4133",
        `${folder} is no boot partition of a Pi: it has no ${commandLine}`,
        "Mount the card's first partition there. Without --to the files go into the data folder.",
      ),
    ];
  if (isPi && image.way !== "pi")
    return [of("FL4133", `${folder} is the boot partition of a Pi, and ${image.device} is none`, "Name another folder, or another device.")];
  const metaData = (await textAt(join(folder, "meta-data"))) ?? "";
  const [, titled] = /^# ([a-z0-9-]+): a jetson-/.exec((await textAt(join(folder, "README.md"))) ?? "") ?? [];
  const other = imagedDevice(metaData) ?? titled;
  if (other !== undefined && other !== image.device)
    return [
      of(
        "FL4133",
        `${folder} holds the image of ${other}, not of ${image.device}`,
        `Take another card for ${image.device}, or remove meta-data and user-data there.`,
      ),
    ];
  if (image.force || untouched.test(metaData)) return [];
  const present = image.paths.filter((path) => existsSync(join(folder, path)));
  if (present.length === 0) return [];
  const what = other === undefined ? present.join(", ") : `an image of ${other}`;
  return [
    of(
      "FL4134",
      `${folder} has ${what} already`,
      other === undefined ? "See what they are; --force replaces them." : "--force makes it anew, with the same host key and another token.",
    ),
  ];
};

/** The private host key of an image that is in a folder; `undefined` where there is none. */
export const hostKeyIn = async ({ folder }: Target): Promise<{ privateKey: string; publicKey: string } | undefined> => {
  const user: unknown = parse((await textAt(join(folder, "user-data"))) ?? "", { logLevel: "silent" });
  const { ssh_keys: keys } = Object(user) as { ssh_keys?: { ed25519_private?: unknown; ed25519_public?: unknown } };
  const { ed25519_private: privateKey, ed25519_public: publicKey } = keys ?? {};
  if (typeof privateKey === "string" && typeof publicKey === "string") return { privateKey, publicKey };
  const overlay = join(folder, "rootfs/etc/ssh/ssh_host_ed25519_key");
  const [own, shown] = await Promise.all([textAt(overlay), textAt(`${overlay}.pub`)]);
  return own === undefined || shown === undefined ? undefined : { privateKey: own, publicKey: shown.trim() };
};

/** A card's file system has no modes and says so; it belongs to whoever holds the card. */
const setMode = (path: string, mode: number): Promise<void> =>
  chmod(path, mode).catch((thrown: NodeJS.ErrnoException) => {
    if (!["EPERM", "ENOTSUP", "ENOSYS"].includes(thrown.code ?? "")) throw thrown;
  });

/**
 * Writes an image: its folder is this user's alone; each file appears whole, by renaming. Folders below have the modes of a system, because those of a
 * Jetson are laid over one.
 */
export const writeImage = async ({ folder }: Target, files: readonly FirstBootFile[]): Promise<void> => {
  const fresh = !existsSync(folder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (fresh) await setMode(folder, 0o700);
  // What an earlier image had and this one has not, such as a token, must not stay.
  if (files.some(({ path }) => path.startsWith("rootfs/"))) await rm(join(folder, "rootfs"), { recursive: true, force: true });
  for (const { path, text, mode } of files) {
    const target = join(folder, path);
    for (const above of foldersOf(path)) {
      await mkdir(join(folder, above), { recursive: true });
      await setMode(join(folder, above), 0o755);
    }
    await rm(`${target}.new`, { force: true });
    await writeFile(`${target}.new`, text, { mode: 0o600, flag: "wx" });
    await setMode(`${target}.new`, Number.parseInt(mode, 8));
    await rename(`${target}.new`, target);
  }
};

/** The folders of a path, the outermost first. */
const foldersOf = (path: string): string[] => {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
};

/** Adds words to the kernel's command line on a boot partition. True where it was changed. */
export const addWords = async ({ folder }: Target, words: readonly string[]): Promise<boolean> => {
  const path = join(folder, commandLine);
  const before = await textAt(path);
  if (before === undefined) return false;
  const after = withWords(before, words);
  if (after === before) return false;
  await writeFile(`${path}.new`, after);
  await rename(`${path}.new`, path);
  return true;
};
