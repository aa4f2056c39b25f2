import { existsSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { FoglineError } from "@fogline/findings";
import { $ } from "zx";

/** Ansible on this machine, and the collection that it runs. */
export interface Installation {
  readonly program: string;
  /** The version of ansible-core. */
  readonly version: string;
  /** The folder of the collection `fogline.edge`. */
  readonly collection: string;
}

/** What the collection is tried with; older ones miss options that its plugins use. */
const CORE_LEAST = [2, 17] as const;

/** The collection lies in the repository of Fogline, or in the package that npm installs. */
const collectionFolders = ["../../../../bootstrap/ansible", "../bootstrap/ansible"].map((path) => fileURLToPath(new URL(path, import.meta.url)));

/** Finds Ansible: the one that `npm run install:ansible` made, else the one on PATH. Throws FL4093. */
export const findAnsible = async (): Promise<Installation> => {
  const collection = collectionFolders.find((folder) => existsSync(join(folder, "galaxy.yml")));
  if (collection === undefined)
    throw new FoglineError("FL4093", "the collection fogline.edge is not where it belongs", { remedy: "Install fogline anew." });
  const own = join(dirname(dirname(collection)), ".cache/ansible/bin/ansible-playbook");
  const program = existsSync(own) ? own : "ansible-playbook";
  const { stdout, stderr, exitCode } = await $({ quiet: true, nothrow: true, env: { ...process.env, ANSIBLE_NOCOLOR: "1" } })`${program} --version`;
  const [, version, major, minor] = /ansible-playbook \[core ((\d+)\.(\d+)\S*)\]/.exec(stdout) ?? [];
  if (exitCode !== 0 || version === undefined)
    throw new FoglineError("FL4093", `${program} does not run here${stderr.trim() === "" ? "" : `: ${stderr.trim().split("\n").at(-1)}`}`);
  if (Number(major) < CORE_LEAST[0] || (Number(major) === CORE_LEAST[0] && Number(minor) < CORE_LEAST[1]))
    throw new FoglineError("FL4093", `${program} is ansible-core ${version}, and ${CORE_LEAST.join(".")} or later is needed`);
  return { program, version, collection };
};

/** Makes the folder layout in which Ansible looks for collections: a link to ours. Answers its root. */
export const linkCollection = (folder: string, { collection }: Installation): string => {
  const link = join(folder, "ansible_collections/fogline/edge");
  mkdirSync(dirname(link), { recursive: true });
  if (readLink(link) !== collection) {
    rmSync(link, { force: true });
    symlinkSync(collection, link);
  }
  return folder;
};

const readLink = (path: string): string | undefined => {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
};
