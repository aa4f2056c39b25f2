import { constants } from "node:fs";
import { chmod, mkdir, open, readdir, readFile, rename, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { FoglineError, textOf } from "@fogline/findings";
import { type KeyPair, keyFileText, readKeyFile } from "@fogline/sops";
import type { Context } from "./context.ts";

/** A key pair and the file that holds the private half. */
export interface HeldKey extends KeyPair {
  readonly file: string;
}

type Place = Pick<Context, "dataFolder" | "workingFolder" | "environment">;

const ending = ".agekey";

/** Where private keys of this machine are, one file each. */
const keysFolder = ({ dataFolder }: Pick<Context, "dataFolder">): string => join(dataFolder, "keys");

/** The private key that trees are signed with. */
export const treeKeyFile = (context: Pick<Context, "dataFolder">): string => join(keysFolder(context), "tree-signing.key");

/** The key file of a cluster, or `operator`'s. Day 0 brings it into the cluster under this name, which Flux wants to end like this. */
export const keyFileOf = (context: Pick<Context, "dataFolder">, owner: string): string => join(keysFolder(context), `${owner}${ending}`);

/**
 * The private keys of this machine: those of `given`, where it is given, else of the file that SOPS_AGE_KEY_FILE names and of the data folder. Throws
 * FL3205 for a file that others may read, FL3206 for one that is no key file.
 */
export const heldKeys = async (context: Place, given?: string): Promise<readonly HeldKey[]> => {
  const files = given === undefined ? await keyFilesOf(context) : [resolve(context.workingFolder, given)];
  return (await Promise.all(files.map(heldKeysIn))).flat();
};

/** Every key file that is looked into by itself. */
export const keyFilesOf = async (context: Place): Promise<readonly string[]> => {
  const folder = keysFolder(context);
  const names = await readdir(folder).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === "ENOENT") return [];
    throw new FoglineError("FL3206", `the folder of private keys cannot be read: ${textOf(thrown)}`, { cause: thrown });
  });
  const named = context.environment.SOPS_AGE_KEY_FILE ?? "";
  const own = names.filter((name) => name.endsWith(ending)).toSorted();
  return [...(named === "" ? [] : [resolve(context.workingFolder, named)]), ...own.map((name) => join(folder, name))];
};

const othersMayRead = 0o077;

/** The keys of one file, which must be there. Throws as {@link heldKeys}. */
export const heldKeysIn = async (file: string): Promise<readonly HeldKey[]> => {
  const text = await readPrivateFile(file);
  return (await readKeyFile(text, file)).map((pair) => ({ ...pair, file }));
};

/** The text of a file with a private key. Throws FL3205 for one that others may read, FL3206 for one that cannot be read. */
export const readPrivateFile = async (file: string): Promise<string> => {
  try {
    const mode = (await stat(file)).mode & 0o777;
    if ((mode & othersMayRead) !== 0)
      throw new FoglineError("FL3205", `${file} has mode ${mode.toString(8)}, so others may read the private key in it; 600 is needed`);
    return await readFile(file, "utf8");
  } catch (thrown) {
    if (thrown instanceof FoglineError) throw thrown;
    throw new FoglineError("FL3206", `the private key cannot be read: ${textOf(thrown)}`, { cause: thrown });
  }
};

/** Writes a new key file. Throws as {@link writePrivateFile}. */
export const writeKeyFile = (file: string, pair: KeyPair, createdAtMs: number): Promise<void> =>
  writePrivateFile(file, keyFileText(pair, createdAtMs));

/** Writes a new file that only its owner may read. Never over another: throws FL3206 when there is one. */
export const writePrivateFile = async (file: string, text: string): Promise<void> => {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600).catch((cause: unknown) => {
    throw new FoglineError("FL3206", `the private key cannot be written: ${textOf(cause)}`, { cause });
  });
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await chmod(file, 0o600);
};

/** Puts a key aside under the end of its recipient: what it was used for can still be opened, and its name is free. */
export const retireKeyFile = async (file: string, recipient: string): Promise<string> => {
  const aside = `${file.slice(0, -ending.length)}.retired-${recipient.slice(-8)}${ending}`;
  await rename(file, aside);
  return aside;
};
