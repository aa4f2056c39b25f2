import { definitionRules } from "./graph/definitions.ts";
import { dependencyRules } from "./graph/dependencies.ts";
import { namespaceRules } from "./graph/namespaces.ts";
import { ownershipRules } from "./graph/ownership.ts";
import { signatureRules } from "./graph/signatures.ts";
import { sourceRules } from "./graph/sources.ts";
import { substitutionRules } from "./graph/substitution.ts";
import { timingRules } from "./graph/timing.ts";
import { toolRules } from "./graph/tools.ts";
import { containerRules } from "./hardening/containers.ts";
import { podRules } from "./hardening/pods.ts";
import { secretRules } from "./hardening/secrets.ts";
import { availabilityRules } from "./policy/availability.ts";
import { gpuRules } from "./policy/gpu.ts";
import { imageRules } from "./policy/images.ts";
import { linkRules } from "./policy/links.ts";
import { resourceRules } from "./policy/resources.ts";
import { storageRules } from "./policy/storage.ts";
import { versionRules } from "./policy/versions.ts";
import type { TreeRule } from "./rule.ts";
import { valueRules } from "./values/values.ts";

/** Every rule, one a code: what Flux makes of a tree, what the machines and links can bear, and what nobody should be allowed. */
export const treeRules: readonly TreeRule[] = Object.freeze([
  ...sourceRules,
  ...signatureRules,
  ...dependencyRules,
  ...ownershipRules,
  ...definitionRules,
  ...namespaceRules,
  ...timingRules,
  ...substitutionRules,
  ...toolRules,
  ...valueRules,
  ...imageRules,
  ...resourceRules,
  ...linkRules,
  ...storageRules,
  ...availabilityRules,
  ...gpuRules,
  ...versionRules,
  ...containerRules,
  ...podRules,
  ...secretRules,
]);
