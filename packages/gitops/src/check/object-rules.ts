import { containerRules } from "./hardening/containers.ts";
import { podRules } from "./hardening/pods.ts";
import { availabilityRules } from "./policy/availability.ts";
import { imageRules } from "./policy/images.ts";
import { resourceRules } from "./policy/resources.ts";
import { versionRules } from "./policy/versions.ts";
import type { TreeRule } from "./rule.ts";
import { valueRules } from "./values/values.ts";

/**
 * Those of the rules that hold for objects wherever they come from. The others speak of what Flux makes of a tree, or of what stands in git: a Secret
 * that day 0 lays down is in clear by its nature, and nobody's Kustomization applies it.
 */
export const objectRules: readonly TreeRule[] = Object.freeze([
  ...valueRules,
  ...imageRules,
  ...resourceRules,
  ...availabilityRules,
  ...versionRules,
  ...containerRules,
  ...podRules,
]);
