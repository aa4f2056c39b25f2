import { shellSettings } from "@fogline/contracts";
import { z } from "zod";

const milliseconds = (fallback: number, least = 1) => z.coerce.number().int().min(least).max(86_400_000).default(fallback);

/** The scheduler's settings; `README.md` has them as a table. */
export const schedulerConfig = z
  .strictObject({
    ...shellSettings,
    /** File of the SQLite database; used when `databaseUrl` is absent. */
    databasePath: z.string().min(1).default("scheduler.sqlite"),
    /** PostgreSQL to use instead of a file; several replicas may share one. */
    databaseUrl: z.string().min(1).meta({ secret: true }).optional(),
    /** Tasks that one node holds at a time; a node at the limit takes no more. */
    tasksPerNodeMax: z.coerce.number().int().min(1).max(1_000).default(4),
    /** Tasks that may wait; the next one is answered with FL4012. */
    queueMax: z.coerce.number().int().min(1).max(100_000).default(1_000),
    /** The longest pause between two looks at the queue; what happens meanwhile starts one at once. */
    loopMs: milliseconds(5_000),
    /** An assigned execution that its agent has not accepted is handed over again after this. */
    resendMs: milliseconds(5_000),
    /** How long the fate of an execution that may not run again is waited for after its node went offline. */
    unknownAfterMs: milliseconds(60_000),
    /** An execution that a living node has not listed for this long is not there any more; at least three heartbeats, and three of the node's own where it reports more seldom. */
    missingAfterMs: milliseconds(90_000),
    /** How long after its timeout an agent may still list an execution before the task is failed. */
    timeoutGraceMs: milliseconds(30_000),
    /** A task stays at least this long where it is before heat or battery may move it. */
    stayMsMin: milliseconds(60_000, 0),
    /** How many times the score of its node another must have before a task moves there. */
    moveFactor: z.coerce.number().min(1).max(100).default(1.5),
    /** Moves started in one look at the queue. */
    movesMax: z.coerce.number().int().min(0).max(1_000).default(4),
    /** How long the right to run the loop lasts without renewal: the longest pause when the replica that has it dies. */
    leaseMs: milliseconds(6_000, 100),
    /** Finished tasks that are kept; the oldest above are forgotten. */
    finishedKept: z.coerce.number().int().min(0).max(10_000_000).default(10_000),
  })
  .refine((config) => config.missingAfterMs > config.resendMs, { path: ["missingAfterMs"], message: "must be longer than resendMs" });

export type SchedulerConfig = z.output<typeof schedulerConfig>;
