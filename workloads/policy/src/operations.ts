import { admitTask, failureOf, listAudit, listPolicies, putPolicy, removePolicy, type TaskSpec } from "@fogline/contracts";
import { fail, ok, type Refusal } from "@fogline/findings";
import { admit, type Verdict } from "@fogline/policy";
import { type Handler, handle } from "@fogline/rpc";
import type { NewEntry, PolicyStore } from "./policy-store.ts";

/** The operations that the policy engine answers. */
export const operations = (store: PolicyStore): Handler[] => [
  handle(listPolicies, async () => ok({ policies: await store.list() })),
  handle(putPolicy, async ({ expectedVersion, ...policy }, { principal }) => {
    const put = await store.put(policy, expectedVersion, principal.name);
    if (put.kind === "stored") return ok(put.policy);
    return fail(failureOf(putPolicy, "versionConflict", { name: policy.name, expected: expectedVersion, actual: put.actual }));
  }),
  handle(removePolicy, async ({ name }, { principal }) =>
    (await store.remove(name, principal.name)) ? ok({}) : fail(failureOf(removePolicy, "notFound", { name })),
  ),
  handle(admitTask, async ({ task }) => {
    const verdict = admit(await store.list(), task);
    await store.record(entriesOf(verdict, subjectOf(task)));
    const { refusal } = verdict;
    return ok({ refusal: refusal === undefined ? null : { ...refusal, facts: { ...refusal.facts } } });
  }),
  handle(listAudit, async ({ limit, before }) => ok({ entries: await store.audit(limit, before) })),
];

const subjectLengthMax = 200;

/** The task in the words of who submitted it; it has no id before it is admitted. */
const subjectOf = (task: TaskSpec): string => {
  const command = task.command.join(" ");
  return command.length <= subjectLengthMax ? command : `${command.slice(0, subjectLengthMax - 1)}…`;
};

const policyIn = ({ facts }: Refusal): string | null => (typeof facts.policy === "string" ? facts.policy : null);

/** Each answer as it is recorded: the decision, and what a policy under trial would have decided. */
const entriesOf = ({ refusal, wouldRefuse }: Verdict, subject: string): NewEntry[] => [
  ...wouldRefuse.map(
    (audited): NewEntry => ({ policy: policyIn(audited), action: "admit", subject, outcome: "would-refuse", message: audited.message }),
  ),
  refusal === undefined
    ? { policy: null, action: "admit", subject, outcome: "allowed", message: "no policy refuses it" }
    : { policy: policyIn(refusal), action: "admit", subject, outcome: "refused", message: refusal.message },
];
