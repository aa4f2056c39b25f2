export { builtInPolicies } from "./built-in.ts";
export type { Policy, PolicyKind, PolicyNode, PolicyRule, PolicyTask } from "./policy.ts";
export { checkNodeByRule, checkTaskByRule } from "./rules.ts";
export { admit, checkNode, nodePolicies, type Verdict } from "./verdict.ts";
