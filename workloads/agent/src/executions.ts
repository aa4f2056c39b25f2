import type { Execution, ExecutionReport } from "@fogline/contracts/agent-protocol";
import { textOf } from "@fogline/findings";
import type { Clock } from "@fogline/ports";
import type { Admission, HoldRule } from "./admission.ts";
import type { EdgeMeter } from "./edge-metrics.ts";
import type { ExecutionFigures } from "./figures.ts";
import type { AgentLog, PreparedProcess, ProcessEnd, Runner, Store } from "./ports.ts";
import { acceptedReport, type Ending, finishedReport, runningReport } from "./reports.ts";

/** From the polite signal to the certain one. */
const graceMs = 2000;
const graceAtStopMs = 1000;
/** How often a result is tried again that the disk did not take. */
const journalRetryMs = 2_000;
/** Executions that may wait for a free place. The hub places no more than `tasksMax`, so this holds only what crossed a change of it. */
const waitingMax = 1000;
/** Results that may wait for a hub that does not acknowledge; beyond it no new work is taken. */
const resultsMax = 10_000;
const restartDelayMsMin = 1000;
const restartDelayMsMax = 60_000;

interface Held {
  readonly execution: Execution;
  process: PreparedProcess | undefined;
  /** Set when the agent ends it; then that is its outcome. */
  ending: Ending | undefined;
  readonly ended: AbortController;
  /** When it arrived, on the monotonic clock, until it was first decided whether it starts. */
  undecidedSinceMs: number | undefined;
  done: Promise<void> | undefined;
}

export interface Executions {
  assign(execution: Execution): void;
  cancel(executionId: string, reason: string): void;
  /** Settles what an earlier agent process left: ends its processes, reports the interrupted, starts again what may. */
  recover(): Promise<void>;
  list(): string[];
  /** Those that run and may not be started again when they are interrupted. */
  unrepeatable(): string[];
  /** The last output of a running or recent execution. */
  tail(executionId: string, bytesMax: number): string | undefined;
  setTasksMax(tasksMax: number): void;
  /** Starts what waits, as far as the device allows it now. */
  reconsider(): void;
  figures(): ExecutionFigures;
  /** Stops or continues every process, with the device's own time. */
  pause(paused: boolean): void;
  stop(reason: string): Promise<void>;
}

export interface ExecutionsOptions {
  readonly nodeId: string;
  readonly tasksMax: number;
  readonly admission: Pick<Admission, "refusal">;
  readonly store: Store;
  readonly runner: Runner;
  readonly clock: Clock;
  readonly log: AgentLog;
  readonly meter: Pick<EdgeMeter, "finished" | "decided">;
  /** Called after every report that was journaled. */
  readonly reported: () => void;
}

/** What cannot start here is for the hub to place elsewhere. */
const mayRestart = ({ restart }: Execution, { outcome, exitCode }: ProcessEnd): boolean =>
  outcome !== "could-not-start" && (restart === "always" || (restart === "on-failure" && !(outcome === "exited" && exitCode === 0)));

/**
 * What this device runs.
 *
 * Invariants: an execution is journaled as accepted, then as started, before a process for it exists; an id seen before never starts again
 * (restarts that its policy asks for belong to the same execution); a result is journaled once, and after it nothing of the execution runs;
 * what has not started waits in the journal while the device is above its limits, and only starting waits: no limit ends what runs.
 */
export const createExecutions = (options: ExecutionsOptions): Executions => {
  const { nodeId, store, runner, clock, log, reported, admission, meter } = options;
  const held = new Map<string, Held>();
  let tasksMax = options.tasksMax;
  let stopping = false;
  const stop = new AbortController();
  const ended = { completed: 0, failed: 0, cancelled: 0 };
  let heldBackBy: HoldRule | null = null;

  const record = (one: Held, report: ExecutionReport) => {
    store.finish(report, one.process?.tail(65_536) ?? "");
    held.delete(one.execution.executionId);
    ended[report.outcome === "cancelled" ? "cancelled" : report.exitCode === 0 ? "completed" : "failed"] += 1;
    meter.finished();
    log.info("execution finished", { executionId: report.executionId, outcome: report.outcome, exitCode: report.exitCode });
    reported();
  };

  /** Writes down how it ended. While the disk takes nothing, the result is kept and the execution stays listed, so that nobody runs it again. */
  const finish = async (one: Held, ending: Ending | undefined, end: ProcessEnd | undefined): Promise<void> => {
    const report = finishedReport(one.execution, clock.now(), ending, end);
    for (;;) {
      try {
        return record(one, report);
      } catch (thrown) {
        if (stopping) throw thrown;
        log.warn("a result could not be journaled and is tried again", { executionId: report.executionId, error: textOf(thrown) });
      }
      await clock.sleep(journalRetryMs, stop.signal).catch(() => undefined);
    }
  };

  /** One process from its making to its end; undefined when it could not start, and then the execution is finished. */
  const runOnce = async (one: Held): Promise<ProcessEnd | undefined> => {
    const { execution } = one;
    store.start(execution.executionId);
    const prepared = await runner.prepare(execution, nodeId);
    if (!prepared.ok) {
      await finish(one, { outcome: "could-not-start", message: prepared.message }, undefined);
      return undefined;
    }
    const { process } = prepared;
    one.process = process;
    let cancelTimeout = () => {};
    try {
      store.running(execution.executionId, process.trace, runningReport(execution, clock.now(), process.limits), process.imagePresent);
      reported();
      if (one.ending === undefined) process.release();
      else process.kill();
      if (execution.timeoutMs !== null) {
        const message = `not finished after ${execution.timeoutMs} ms`;
        cancelTimeout = clock.after(execution.timeoutMs, () => end(one, { outcome: "timed-out", message }, graceMs));
      }
    } catch (thrown) {
      // Nothing may run that is not in the journal.
      process.kill();
      await process.ended;
      throw thrown;
    }
    try {
      return await process.ended;
    } finally {
      cancelTimeout();
    }
  };

  /** The agent ended it: that is its result, unless the agent itself stops and its policy lets it start again with the next agent process. */
  const settle = async (one: Held, ending: Ending, end: ProcessEnd): Promise<void> => {
    if (ending.outcome !== "interrupted" || one.execution.restart === "never") return finish(one, ending, end);
    store.suspend(one.execution.executionId);
    held.delete(one.execution.executionId);
  };

  const run = async (one: Held): Promise<void> => {
    for (let delayMs = restartDelayMsMin; ; delayMs = Math.min(delayMs * 2, restartDelayMsMax)) {
      const end = await runOnce(one);
      if (end === undefined) return;
      if (one.ending !== undefined) return settle(one, one.ending, end);
      if (!mayRestart(one.execution, end)) return finish(one, undefined, end);
      log.info("execution restarts", { executionId: one.execution.executionId, outcome: end.outcome, exitCode: end.exitCode, delayMs });
      await clock.sleep(delayMs, one.ended.signal).catch(() => undefined);
      if (one.ending !== undefined) return settle(one, one.ending, end);
    }
  };

  const runningCount = (): number => [...held.values()].filter(({ done }) => done !== undefined).length;

  /** Whether the device lets one more start; says so when that, or the reason, changes. */
  const allowed = (running: number): boolean => {
    const refused = admission.refusal(running);
    const rule = refused?.rule ?? null;
    if (rule !== heldBackBy) {
      heldBackBy = rule;
      if (refused !== undefined) log.warn("executions wait for the device", { rule, reason: refused.message });
      else log.info("the device takes executions again");
    }
    return refused === undefined;
  };

  const decided = (one: Held) => {
    if (one.undecidedSinceMs !== undefined) meter.decided(clock.monotonicMs() - one.undecidedSinceMs);
    one.undecidedSinceMs = undefined;
  };

  const startWaiting = () => {
    if (stopping) return;
    let running = runningCount();
    if (running === held.size) heldBackBy = null;
    for (const one of held.values()) {
      if (one.done !== undefined) continue;
      const starts = running < tasksMax && allowed(running);
      decided(one);
      if (!starts) return;
      running += 1;
      one.done = run(one)
        .catch((thrown) => {
          log.warn("an execution could not be journaled", { executionId: one.execution.executionId, error: textOf(thrown) });
          held.delete(one.execution.executionId);
        })
        .then(startWaiting);
    }
  };

  const hold = (execution: Execution, undecidedSinceMs?: number) => {
    const one: Held = { execution, process: undefined, ending: undefined, ended: new AbortController(), undecidedSinceMs, done: undefined };
    held.set(execution.executionId, one);
    startWaiting();
    // Behind another one that waits, it waits too.
    decided(one);
  };

  /** Ends what runs: TERM to the group, KILL to everything when the grace is over. */
  const end = (one: Held, ending: Ending, graceMilliseconds: number) => {
    if (one.ending !== undefined) return;
    one.ending = ending;
    one.ended.abort();
    const { process } = one;
    if (process === undefined) return;
    process.signal("SIGTERM");
    const cancelKill = clock.after(graceMilliseconds, () => process.kill());
    void process.ended.then(cancelKill);
  };

  return {
    assign: (execution) => {
      if (stopping) return;
      const arrivedMs = clock.monotonicMs();
      if (held.size >= tasksMax + waitingMax || store.pendingCount() >= resultsMax) {
        log.warn("no room for another execution", { executionId: execution.executionId, held: held.size });
        return;
      }
      if (!store.accept(execution, acceptedReport(execution, clock.now()))) return;
      log.info("execution accepted", { executionId: execution.executionId });
      reported();
      hold(execution, arrivedMs);
    },
    cancel: (executionId, reason) => {
      const one = held.get(executionId);
      if (one === undefined) return;
      const ending: Ending = { outcome: "cancelled", message: reason };
      if (one.done === undefined) record(one, finishedReport(one.execution, clock.now(), ending, undefined));
      else end(one, ending, graceMs);
    },
    recover: async () => {
      const entries = store.open();
      await Promise.all(entries.map(({ trace }) => (trace === undefined ? undefined : runner.endLeftover(trace))));
      for (const { execution, phase } of entries) {
        if (phase === "accepted" || execution.restart !== "never") {
          hold(execution);
          continue;
        }
        const message = "the agent ended while it ran; its processes were ended too";
        store.finish(finishedReport(execution, clock.now(), { outcome: "interrupted", message }, undefined), "");
      }
      reported();
    },
    list: () => [...held.keys()],
    unrepeatable: () =>
      [...held.values()].flatMap(({ execution, done }) => (done !== undefined && execution.restart === "never" ? [execution.executionId] : [])),
    tail: (executionId, bytesMax) => {
      const running = held.get(executionId)?.process;
      if (running !== undefined) return running.tail(bytesMax);
      const kept = store.tail(executionId);
      return kept === undefined ? undefined : Buffer.from(kept).subarray(-bytesMax).toString("utf8");
    },
    reconsider: startWaiting,
    figures: () => {
      const running = runningCount();
      return { running, waiting: held.size - running, ...ended, heldBackBy };
    },
    setTasksMax: (next) => {
      tasksMax = next;
      startWaiting();
    },
    pause: (paused) => {
      for (const { process } of held.values()) process?.signal(paused ? "SIGSTOP" : "SIGCONT");
    },
    stop: async (reason) => {
      stopping = true;
      stop.abort();
      const running = [...held.values()].filter(({ done }) => done !== undefined);
      for (const one of running) end(one, { outcome: "interrupted", message: `the agent was stopped: ${reason}` }, graceAtStopMs);
      await Promise.all(running.map(({ done }) => done));
    },
  };
};
