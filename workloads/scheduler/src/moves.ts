import type { listMoves, Output, PlacementExplanation, TaskMove, TaskSpec } from "@fogline/contracts";
import type { Kysely, Transaction } from "kysely";
import { bytesOf } from "./records.ts";
import type { ExecutionRow, MoveRow, SchedulerSchema } from "./schema.ts";
import type { TaskInput, Transition } from "./task-state.ts";

/** How long and how many moves are kept; whatever is more or older is forgotten. */
export const movesKeptMs = 30 * 86_400_000;
export const movesKeptMax = 20_000;
const commandCharactersMax = 200;
const reasonCharactersMax = 300;
/** A page ends before its moves outgrow this, so that it fits into one message of the bus. */
const pageBytesMax = 160 * 1024;

type MovesPage = Output<typeof listMoves.response>;

const cut = (text: string, max: number): string => (text.length <= max ? text : `${text.slice(0, max - 3).toWellFormed()}...`);

/** Why a task came to the node that was chosen for it. */
export const chosenBecause = (placement: PlacementExplanation | undefined, spec: TaskSpec, node: string): string => {
  if (spec.node !== undefined) return `it was asked for on ${spec.node}`;
  const candidate = placement?.candidates.find((one) => one.node === node);
  if (placement === undefined || candidate === undefined) return `${node} was chosen`;
  const because = candidate.parts.map(({ reason }) => reason).filter((reason) => reason !== undefined);
  const words = because.length === 0 ? "" : ` (${because.join(", ")})`;
  const others = placement.candidates.length - 1;
  if (others === 0) return `${node} alone can take it${words}`;
  return `${node} scores ${candidate.score.toFixed(1)}, the most of ${others + 1}${words}`;
};

export interface Moving {
  readonly taskId: string;
  readonly spec: TaskSpec;
  readonly input: TaskInput;
  readonly transition: Transition;
  /** The task's executions as they were before the input, oldest first. */
  readonly before: readonly ExecutionRow[];
  readonly placement: PlacementExplanation | undefined;
  readonly now: number;
}

/**
 * Writes down where an input brought its task, in the transaction that brings it there. Another attempt on the same node is no move; a placement
 * that provably reached nobody never was one.
 */
export const storeMove = async (transaction: Transaction<SchedulerSchema>, moving: Moving): Promise<void> => {
  const { taskId, input, transition, before } = moving;
  if (transition.effect !== "changed") return;
  if (input.kind === "withdrawn") {
    const attempt = before.find(({ id }) => id === input.executionId)?.attempt;
    if (attempt !== undefined) await transaction.deleteFrom("moves").where("task_id", "=", taskId).where("attempt", "=", attempt).execute();
  }
  const move = moveOf(moving);
  if (move !== undefined) await transaction.insertInto("moves").values(move).execute();
};

const moveOf = ({ taskId, spec, input, transition, before, placement, now }: Moving): MoveRow | undefined => {
  if (input.kind !== "assigned" && input.kind !== "moved") return undefined;
  const last = before.at(-1);
  if (last?.node === input.node) return undefined;
  const reason = input.kind === "moved" ? input.reason : (last?.reason ?? chosenBecause(placement, spec, input.node));
  return {
    ...{ task_id: taskId, attempt: transition.task.attempt, at_ms: now, from_node: last?.node ?? null, to_node: input.node },
    ...{ command: cut(spec.command.join(" "), commandCharactersMax), reason: cut(reason, reasonCharactersMax) },
  };
};

export interface MoveFilter {
  readonly sinceMs?: number | undefined;
  readonly beforeMs?: number | undefined;
  readonly movedOnly: boolean;
  readonly limit: number;
}

/** Moves, newest first. The cursor is a time, so moves of the same millisecond are never parted: then a page is shorter, or that one group. */
export const listMovePage = async (kysely: Kysely<SchedulerSchema>, { sinceMs, beforeMs, movedOnly, limit }: MoveFilter): Promise<MovesPage> => {
  let query = kysely.selectFrom("moves").selectAll();
  if (sinceMs !== undefined) query = query.where("at_ms", ">=", sinceMs);
  if (beforeMs !== undefined) query = query.where("at_ms", "<", beforeMs);
  if (movedOnly) query = query.where("from_node", "is not", null);
  const ordered = query.orderBy("at_ms", "desc").orderBy("task_id", "desc").orderBy("attempt", "desc");
  const found = await ordered.limit(limit + 1).execute();
  const shown = wholeGroups(found, limit);
  if (shown.length > 0 || found.length === 0) return pageOf(shown, shown.length < found.length);
  const group = await ordered.where("at_ms", "=", found[0]?.at_ms ?? 0).execute();
  return pageOf(group, true);
};

/** The rows that fit, without those of the millisecond that the page would part. */
const wholeGroups = (rows: readonly MoveRow[], limit: number): MoveRow[] => {
  let bytes = 0;
  let count = 0;
  for (const row of rows) {
    bytes += bytesOf(moveIn(row));
    if (count === limit || bytes > pageBytesMax) return rows.slice(0, count).filter(({ at_ms }) => at_ms !== row.at_ms);
    count += 1;
  }
  return [...rows];
};

const pageOf = (rows: readonly MoveRow[], more: boolean): MovesPage => ({
  moves: rows.map(moveIn),
  nextBeforeMs: more ? (rows.at(-1)?.at_ms ?? null) : null,
});

const moveIn = ({ at_ms: atMs, task_id: taskId, command, from_node: from, to_node: to, reason }: MoveRow): TaskMove => ({
  ...{ atMs, taskId, command, from, to, reason },
});

/** Forgets moves that are too old, and the oldest of too many. */
export const pruneMoves = async (transaction: Transaction<SchedulerSchema>, now: number): Promise<void> => {
  const newest = transaction.selectFrom("moves").select("at_ms").orderBy("at_ms", "desc");
  const surplus = await newest.offset(movesKeptMax).limit(1).executeTakeFirst();
  const beforeMs = Math.max(now - movesKeptMs, surplus === undefined ? 0 : surplus.at_ms + 1);
  await transaction.deleteFrom("moves").where("at_ms", "<", beforeMs).execute();
};
