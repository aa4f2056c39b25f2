import type { NodeRecord } from "@fogline/contracts";
import type { Answer } from "../live/http.ts";
import { counted } from "../text/format.ts";
import { Action } from "./action.tsx";

export interface DrainActionProps {
  readonly node: NodeRecord;
  /** Executions that are assigned to the device or run there. */
  readonly running: readonly string[];
  /** Why it cannot be done now. */
  readonly refusal: string | null;
  readonly drain: (id: string, draining: boolean) => Promise<Answer<NodeRecord>>;
}

/** Draining and taking back. */
export const DrainAction = ({ node: { id, draining }, running, refusal, drain }: DrainActionProps) => (
  <Action
    verb={draining ? `Take ${id} back` : `Drain ${id}`}
    keep={draining ? "Leave it draining" : "Keep it in service"}
    effect={
      draining
        ? `New tasks may be placed on ${id} again.`
        : `${id} gets no new tasks, and of the ${counted(running.length, "task")} there those that may move do. It can be taken back at any time.`
    }
    act={() => drain(id, !draining)}
    done={(node) => `${id} ${node.draining ? "drains" : "takes tasks again"}`}
    command={`npx fogline device drain ${draining ? "--undo " : ""}${id}`}
    refusal={refusal}
  />
);
