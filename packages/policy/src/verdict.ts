import type { Refusal } from "@fogline/findings";
import type { Policy, PolicyNode, PolicyTask } from "./policy.ts";
import { checkNodeByRule, checkTaskByRule } from "./rules.ts";

/** What a set of policies says. */
export interface Verdict {
  /** Of the first policy with effect `refuse` that refuses; nothing when allowed. */
  readonly refusal: Refusal | undefined;
  /** Of every policy with effect `audit`, in order. */
  readonly wouldRefuse: readonly Refusal[];
}

const judge = (policies: readonly Policy[], check: (policy: Policy) => Refusal | undefined): Verdict => {
  let first: Refusal | undefined;
  const wouldRefuse: Refusal[] = [];
  for (const policy of policies) {
    const refused = check(policy);
    if (refused === undefined) continue;
    if (policy.effect === "audit") wouldRefuse.push(refused);
    else first ??= refused;
  }
  return { refusal: first, wouldRefuse };
};

/** Whether a task may enter the queue at all. Policies apply in the order given. */
export const admit = (policies: readonly Policy[], task: PolicyTask): Verdict =>
  judge(policies, ({ rule, name }) => checkTaskByRule(rule, task, name));

/** Whether a node may take a task. */
export const checkNode = (policies: readonly Policy[], task: PolicyTask, node: PolicyNode): Verdict =>
  judge(policies, ({ rule, name }) => checkNodeByRule(rule, task, node, name));

/** The policies as the functions that placement takes, one each in order; those that only audit hold nothing back and are left out. */
export const nodePolicies = (policies: readonly Policy[]): ((task: PolicyTask, node: PolicyNode) => Refusal | undefined)[] =>
  policies
    .filter(({ effect }) => effect === "refuse")
    .map(
      ({ rule, name }) =>
        (task, node) =>
          checkNodeByRule(rule, task, node, name),
    );
