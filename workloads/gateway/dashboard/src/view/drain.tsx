import type { NodeRecord } from "@fogline/contracts";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Answer } from "../live/http.ts";
import type { Principal } from "../live/state.ts";
import { clockTime, counted } from "../text/format.ts";
import { Command } from "./command.tsx";
import { hubNow } from "./time.tsx";

export interface DrainActionProps {
  readonly node: NodeRecord;
  /** Executions that are assigned to the device or run there. */
  readonly running: readonly string[];
  readonly principal: Principal | null;
  readonly reachable: boolean;
  readonly drain: (id: string, draining: boolean) => Promise<Answer<NodeRecord>>;
}

type Step = { kind: "offered" } | { kind: "asked" } | { kind: "doing" } | { kind: "done"; good: boolean; text: string };

/** Draining and taking back: says before what will happen, asks once, and says what happened. */
export const DrainAction = ({ node: { id, draining }, running, principal, reachable, drain }: DrainActionProps) => {
  const [step, go] = useState<Step>({ kind: "offered" });
  const confirm = useRef<HTMLButtonElement>(null);
  useEffect(() => confirm.current?.focus(), [step.kind]);
  const verb = draining ? `Take ${id} back` : `Drain ${id}`;
  const effect = draining
    ? `New tasks may be placed on ${id} again.`
    : `${id} gets no new tasks, and of the ${counted(running.length, "task")} there those that may move do. It can be taken back at any time.`;
  const act = async (): Promise<void> => {
    go({ kind: "doing" });
    const answer = await drain(id, !draining);
    const done = draining ? "takes tasks again" : "drains";
    go({ kind: "done", good: answer.ok, text: answer.ok ? `${clockTime(hubNow())}: ${id} ${done}.` : `Nothing changed: ${answer.message}.` });
  };
  const refusal = refusalOf(principal, reachable);
  return (
    <div class="action">
      <div class="ask">
        {step.kind === "asked" && refusal === null ? (
          <>
            <span>{effect}</span>
            <button type="button" class="primary" onClick={act} ref={confirm}>
              {verb}
            </button>
            <button type="button" onClick={() => go({ kind: "offered" })}>
              {draining ? "Leave it draining" : "Keep it in service"}
            </button>
          </>
        ) : (
          <button type="button" disabled={step.kind === "doing" || refusal !== null} onClick={() => go({ kind: "asked" })}>
            {step.kind === "doing" ? "Asking the hub" : `${verb} …`}
          </button>
        )}
        <span role="status" class={step.kind === "done" && !step.good ? "bad" : ""}>
          {refusal ?? (step.kind === "done" ? step.text : "")}
        </span>
      </div>
      <Command text={`npx fogline device drain ${draining ? "--undo " : ""}${id}`} />
    </div>
  );
};

const refusalOf = (principal: Principal | null, reachable: boolean): string | null => {
  if (!reachable) return "The hub does not answer; nothing can be changed now.";
  return principal?.role === "admin" ? null : `Only an admin may do this; you are signed in as ${principal?.role ?? "nobody"}.`;
};
