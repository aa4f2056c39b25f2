import { identityOf, nameOf } from "@fogline/manifests";
import { ownedTwice } from "../../tree/dependencies.ts";
import { isFlux } from "../../tree/kustomizations.ts";
import { dayZeroIdentities } from "../day-zero.ts";
import type { Objection, TreeRule } from "../rule.ts";
import type { Subject } from "../subject.ts";

const isRootFolder = (path: string): boolean => path.endsWith("/flux-system");

const twoOwners = ({ kustomizations }: Subject): Objection[] =>
  ownedTwice(kustomizations).map(({ entry, first, second }) => ({
    about: entry,
    message: `${nameOf(entry.object)} is in Kustomization ${first.name} and in ${second.name}`,
  }));

const dayZeroToo = ({ objects, dayZero = dayZeroIdentities }: Subject): Objection[] =>
  objects
    .filter(({ object }) => dayZero.has(identityOf(object)))
    .map((about) => ({ about, message: `${nameOf(about.object)} is in the tree, and day 0 creates and keeps it` }));

const strangers = ({ tree }: Subject): Objection[] =>
  tree.folders
    .filter(({ path }) => isRootFolder(path))
    .flatMap(({ path, objects }) =>
      objects
        .filter(({ object }) => !isFlux(object))
        .map((about) => ({ about, message: `${nameOf(about.object)} is in ${path}, which holds Flux objects only` })),
    );

const unlisted = ({ tree }: Subject): Objection[] =>
  tree.folders.flatMap((folder) =>
    (folder.unlisted ?? []).map((file) => ({ about: { file }, message: `${file} is not in the list of ${folder.path}/kustomization.yaml` })),
  );

const unapplied = ({ tree, kustomizations }: Subject): Objection[] => {
  const applied = new Set(kustomizations.map(({ path }) => path));
  return tree.folders
    .filter(({ path }) => !isRootFolder(path) && !applied.has(path))
    .map(({ path, objects }) => ({
      about: { file: `${path}/kustomization.yaml` },
      message: `${path} has ${objects.length} objects that no Kustomization applies`,
    }));
};

/** What can be wrong with who owns what. */
export const ownershipRules: readonly TreeRule[] = [
  {
    code: "FL3011",
    severity: "error",
    why: "Two Kustomizations that apply one object undo each other every few minutes, and the removal of one deletes what the other still wants.",
    check: twoOwners,
  },
  {
    code: "FL3111",
    severity: "error",
    why: "What day 0 keeps and Flux prunes is changed back and forth; a removed key or namespace takes Flux itself down.",
    check: dayZeroToo,
  },
  {
    code: "FL3113",
    severity: "error",
    why: "The root Kustomization waits for nothing. What is in its folder has no health, no order and no timeout, and its failure stops every change of the cluster.",
    check: strangers,
  },
  {
    code: "FL3114",
    severity: "error",
    why: "With a kustomization.yaml only what it lists is applied. A file beside it looks deployed to whoever reads the repository, and is not.",
    check: unlisted,
  },
  {
    code: "FL3117",
    severity: "error",
    why: "Nothing in the folder reaches the cluster, and what Flux applied from it before has been pruned.",
    check: unapplied,
  },
];
