/**
 * `npm run install:ansible`: puts ansible-core and ansible-lint of the versions in bootstrap/ansible/requirements.txt below .cache/, with
 * bootstrap/ansible as the collection fogline.edge where Ansible looks for it. Quick when they are there already.
 */
import { lstatSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { findPythonPrograms, installPythonPrograms, type PythonPrograms } from "./python.ts";
import { root } from "./root.ts";

const programs: PythonPrograms = { name: "ansible", requirements: "bootstrap/ansible/requirements.txt" };

/** Where Ansible looks for collections; ansible.cfg names it too. */
const collections = join(root, ".cache/ansible/collections");

/** The folder of ansible-playbook and its companions; undefined until they are installed in the versions that are wanted. */
export const findAnsible = (): string | undefined => findPythonPrograms(programs);

/** Ansible finds a collection by where it lies, and this one lies in the repository. */
const link = (): void => {
  const at = join(collections, "ansible_collections/fogline/edge");
  mkdirSync(dirname(at), { recursive: true });
  if (lstatSync(at, { throwIfNoEntry: false }) !== undefined) rmSync(at);
  symlinkSync(relative(dirname(at), join(root, "bootstrap/ansible")), at);
};

if (import.meta.main) {
  console.log(installPythonPrograms(programs));
  if (findAnsible() !== undefined) link();
}
