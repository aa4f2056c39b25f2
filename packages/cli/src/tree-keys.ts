import { existsSync } from "node:fs";
import { rename } from "node:fs/promises";
import { FoglineError } from "@fogline/findings";
import { treeSigningFile } from "@fogline/fleet";
import { newSigningKey, publicKeyOf, type SigningKey } from "@fogline/registry";
import type { Worktree } from "@fogline/worktree";
import { readPrivateFile, writePrivateFile } from "./private-keys.ts";

/** The key of a private file, where there is one. Throws FL3205, FL3206 as for every private key. */
export const treeKeyIn = async (file: string): Promise<SigningKey | undefined> => {
  if (!existsSync(file)) return undefined;
  const privateKey = await readPrivateFile(file);
  return { privateKey, publicKey: publicKeyOf(privateKey, file) };
};

/** Whether two texts are the same public key. */
export const isSameKey = (a: string, b: string): boolean => a.replaceAll(/\s/g, "") === b.replaceAll(/\s/g, "");

/**
 * The key to sign with: of `file`, and fitting the public half that the fleet names. `undefined` where it names none, for a fleet that signs nothing.
 * Throws FL3293 where it names one and the private half is not here: clusters would refuse what is not signed with it.
 */
export const signingKeyFor = async (worktree: Worktree, file: string): Promise<SigningKey | undefined> => {
  const published = await worktree.file(treeSigningFile);
  if (published === undefined) return undefined;
  const key = await treeKeyIn(file);
  if (key === undefined) throw new FoglineError("FL3293", `${file} is not there, and clusters take only what fits ${treeSigningFile}`);
  if (!isSameKey(key.publicKey, published)) throw new FoglineError("FL3293", `${file} is another key than ${treeSigningFile}, which clusters go by`);
  return key;
};

/** What was done about the key pair. */
export interface TreeKey {
  readonly publicKey: string;
  /** Whether the private half is on this machine. */
  readonly held: boolean;
  readonly written: readonly string[];
  /** Where the private key before was put aside. */
  readonly retired?: string;
}

/**
 * Makes the key pair that trees are signed with, or what is missing of it; with `newKey` another one. Never overwrites a private key, and throws FL3204
 * where git would keep it.
 */
export const makeTreeKey = async (worktree: Worktree, file: string, newKey: boolean): Promise<TreeKey> => {
  const published = await worktree.file(treeSigningFile);
  const held = await treeKeyIn(file);
  if (!newKey && published !== undefined) {
    if (held !== undefined && !isSameKey(held.publicKey, published))
      throw new FoglineError("FL3293", `${file} is another key than ${treeSigningFile}, which clusters go by`);
    return { publicKey: published, held: held !== undefined, written: [] };
  }
  if (await worktree.wouldKeep(file))
    throw new FoglineError("FL3204", `${file} would be, or is, kept by git, and a private key must never be; nothing was written`);
  const retired = newKey && held !== undefined ? await retire(file, held) : undefined;
  const kept = retired === undefined ? held : undefined;
  const key = kept ?? newSigningKey();
  if (kept === undefined) await writePrivateFile(file, key.privateKey);
  await worktree.write(treeSigningFile, key.publicKey);
  return {
    ...{ publicKey: key.publicKey, held: true, written: [...(kept === undefined ? [file] : []), treeSigningFile] },
    ...(retired === undefined ? {} : { retired }),
  };
};

/** Puts a private key aside under the end of its public half; clusters may go by it until they have the new one. */
const retire = async (file: string, { publicKey }: SigningKey): Promise<string> => {
  const end = publicKey.replaceAll(/-----[A-Z ]+-----|[^A-Za-z0-9]/g, "").slice(-8);
  const aside = file.replace(/\.key$/, `.retired-${end}.key`);
  await rename(file, aside);
  return aside;
};
