import type { NodeRecord, TaskSpec } from "@fogline/contracts";
import { type Node, type NodeLoad, type NodePolicy, nodeView, type Profile } from "@fogline/placement";
import type { SchedulerConfig } from "./config.ts";
import type { OpenTask } from "./task-queue.ts";
import { isLive } from "./task-state.ts";

export type PlannerSettings = Pick<
  SchedulerConfig,
  "tasksPerNodeMax" | "resendMs" | "unknownAfterMs" | "missingAfterMs" | "timeoutGraceMs" | "stayMsMin" | "moveFactor" | "movesMax"
>;

/** Everything that planning reads; plans are functions of it and of nothing else. */
export interface World {
  readonly now: number;
  /** The same moment on the monotonic clock of this process, for what must not follow a wall clock that jumps. */
  readonly monotonicMs: number;
  /** Since when this replica runs the loop: silence before that says nothing. */
  readonly sinceMs: number;
  readonly nodes: ReadonlyMap<string, NodeRecord>;
  /** Most urgent first, then oldest first. */
  readonly tasks: readonly OpenTask[];
  readonly policies: readonly NodePolicy[];
  readonly profiles: Readonly<Record<TaskSpec["profile"], Profile>>;
  /** When this replica last handed each execution over, on the monotonic clock. */
  readonly sentMonotonicMs: ReadonlyMap<string, number>;
  /** Since when this replica has known that an agent took each execution, on the monotonic clock. */
  readonly takenMonotonicMs: ReadonlyMap<string, number>;
  /** Nodes that nobody could be reached for a moment ago although they seem online. */
  readonly unreachable: ReadonlySet<string>;
  readonly settings: PlannerSettings;
}

/** What each node's tasks were promised, kept up to date while a plan grows. */
export class Promises {
  readonly #loads = new Map<string, { tasks: number; cpuCores: number; memoryBytes: number; gpus: number; memoryBytesUnseen: number }>();
  readonly #nodes: ReadonlyMap<string, NodeRecord>;

  constructor(world: Pick<World, "nodes" | "tasks">) {
    this.#nodes = world.nodes;
    for (const task of world.tasks) {
      for (const execution of task.executions) {
        if (isLive(execution)) this.add(execution.node, task.spec, execution.assigned_at_ms);
        // Not wanted any more, but as long as the node lists it, it takes its share.
        else if (execution.status === "superseded" && this.#nodes.get(execution.node)?.executions.includes(execution.id)) {
          this.add(execution.node, task.spec, execution.assigned_at_ms);
        }
      }
    }
  }

  add(node: string, spec: TaskSpec, atMs: number): void {
    const load = this.#loads.get(node) ?? { tasks: 0, cpuCores: 0, memoryBytes: 0, gpus: 0, memoryBytesUnseen: 0 };
    this.#loads.set(node, load);
    load.tasks += 1;
    load.cpuCores += spec.cpuCores;
    load.memoryBytes += spec.memoryBytes;
    load.gpus += spec.gpu ? 1 : 0;
    const sampledAtMs = this.#nodes.get(node)?.state?.sampledAtMs ?? 0;
    if (atMs > sampledAtMs) load.memoryBytesUnseen += spec.memoryBytes;
  }

  of(node: string): NodeLoad | undefined {
    return this.#loads.get(node);
  }

  /** The nodes as placement sees them now. */
  nodes(): Node[] {
    return [...this.#nodes.values()].map((record) => nodeView(record, this.#loads.get(record.id)));
  }
}
