import { admitTask, listPolicies, type Policy, policiesChanged, type TaskSpec } from "@fogline/contracts";
import type { Refusal } from "@fogline/findings";
import type { NodePolicy } from "@fogline/placement";
import { admit, builtInPolicies, nodePolicies } from "@fogline/policy";
import type { Client } from "@fogline/rpc";
import type { Log } from "@fogline/service";

/** The operators' rules, from the policy workload; its last known ones while it does not answer, the built-in ones before it ever did. */
export interface PolicyWatch {
  readonly forNodes: readonly NodePolicy[];
  /** Whether a task may enter the queue: asked of the policy workload, which records the answer; decided here when it does not answer. */
  admit(task: TaskSpec, correlationId: string): Promise<Refusal | undefined>;
  refresh(): Promise<void>;
  stop(): Promise<void>;
}

const admitTimeoutMs = 1_000;
/** Asked once: who submits a task does not wait for a policy service that is away. */
const admitOnce = { ...admitTask, idempotency: "none" } as const;

export const watchPolicies = async (client: Client, log: Log, changed: () => void, signal: AbortSignal): Promise<PolicyWatch> => {
  let policies: readonly Policy[] = builtInPolicies;
  let forNodes: readonly NodePolicy[] = nodePolicies(policies);
  let reachable: boolean | undefined;
  /** Counts sets that arrived by event, so that a list asked for earlier does not undo one. */
  let events = 0;

  const take = (next: readonly Policy[]): void => {
    if (JSON.stringify(next) === JSON.stringify(policies)) return;
    policies = next;
    forNodes = nodePolicies(next);
    changed();
  };
  const note = (answered: boolean): void => {
    if (reachable !== answered)
      log[answered ? "info" : "warn"](answered ? "policies are up to date" : "the policy service does not answer; known policies apply");
    reachable = answered;
  };

  const subscription = await client.on(policiesChanged, async (data) => {
    events += 1;
    take(data.policies);
  });

  return {
    get forNodes() {
      return forNodes;
    },
    admit: async (task, correlationId) => {
      // Once it was found away, not even that: the loop notices when it is back.
      const answer = reachable === false ? undefined : await client.call(admitOnce, { task }, { correlationId, timeoutMs: admitTimeoutMs });
      if (answer?.ok === true) return answer.value.refusal ?? undefined;
      if (answer !== undefined) note(false);
      return admit(policies, task).refusal;
    },
    refresh: async () => {
      const before = events;
      const answer = await client.call(listPolicies, {}, { signal });
      if (signal.aborted) return;
      note(answer.ok);
      if (answer.ok && events === before) take(answer.value.policies);
    },
    stop: () => subscription.stop(),
  };
};
