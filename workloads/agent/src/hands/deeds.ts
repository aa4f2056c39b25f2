import type { AgentQuestion, DeedAnswer } from "@fogline/contracts/agent-protocol";
import type { Hands } from "./program.ts";

type Deed = Extract<AgentQuestion, { kind: "reboot" | "rotate" }>;

export interface DeedParts {
  readonly hands: Hands | undefined;
  /** The executions that would be lost: begun, and never to be started again. */
  readonly unrepeatable: () => readonly string[];
  /** Resolves when the hub has the results that wait, or after a while. */
  readonly flushed: () => Promise<void>;
  /** Told just before the machine restarts, with whoever asked. */
  readonly rebooting: (by: string) => void;
}

const namedMax = 3;

/** Does what the hub asks beyond questions, or answers why not. */
export const createDeeds =
  ({ hands, unrepeatable, flushed, rebooting }: DeedParts) =>
  async (deed: Deed): Promise<DeedAnswer> => {
    if (hands === undefined) return { done: false, code: "FL4155", message: "this agent has no hands" };
    if (deed.kind === "rotate") return answerOf(await hands.rotate());
    const forbidden = hands.refusal();
    if (forbidden !== undefined) return { done: false, code: "FL4151", message: forbidden };
    const held = deed.force ? [] : unrepeatable();
    if (held.length > 0) {
      const more = held.length > namedMax ? ` and ${held.length - namedMax} more` : "";
      return { done: false, code: "FL4154", message: `it runs ${held.slice(0, namedMax).join(", ")}${more}, which may not be started again` };
    }
    await flushed();
    rebooting(deed.by);
    return answerOf(await hands.reboot());
  };

const answerOf = (problem: string | undefined): DeedAnswer =>
  problem === undefined ? { done: true } : { done: false, code: "FL4155", message: problem.slice(0, 2_000) };
