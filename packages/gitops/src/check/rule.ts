import type { Code, Place, Severity } from "@fogline/findings";
import type { Cluster, Fleet, ImagesLock } from "@fogline/fleet";
import type { KubernetesObject } from "@fogline/manifests";
import type { ClusterTree } from "../tree/tree.ts";
import type { Subject } from "./subject.ts";

/** The codes that rules of a tree have. */
export type TreeRuleCode = Extract<Code, `FL2${string}` | `FL3${string}`>;

/** What the rules look at: one tree, and what is known of the cluster that it is for. */
export interface CheckContext {
  readonly fleet: Fleet;
  readonly cluster: Cluster;
  readonly tree: ClusterTree;
  /** What the release step wrote down of the images; absent before the first release. */
  readonly images?: ImagesLock;
  /** Identities (`identityOf`) of the objects that day 0 creates and keeps. Default {@link dayZeroIdentities}. */
  readonly dayZero?: ReadonlySet<string>;
}

/** What a rule has against something, naming both sides. `about` is an object of the tree, or just a file of it. */
export interface Objection {
  readonly about: { readonly file: string; readonly object?: KubernetesObject; readonly place?: Place };
  readonly message: string;
  /** When something more particular is known than the code's own remedy. */
  readonly remedy?: string;
  /** When it differs from the rule's. */
  readonly severity?: Severity;
}

/** One thing that a tree must not have. It says what it objects to; code, place and links are added for it. */
export interface TreeRule {
  readonly code: TreeRuleCode;
  readonly severity: Severity;
  /** Why it matters, for docs/policies.md: what happens when nobody heeds it. */
  readonly why: string;
  readonly check: (subject: Subject) => readonly Objection[];
}
