import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { FoglineError } from "@fogline/findings";
import { markOf, runs, signal } from "@fogline/system";
import { eventually } from "./patience.ts";
import { type DevState, isServed, logIn, readState, writeState } from "./state.ts";

/** How long a process has to end what it started. */
const graceMs = 60_000;
const killMs = 15_000;
/** How long a start may take: a laptop that is busy with other things needs some of it. */
const startMs = 300_000;

/** Starts a command that goes on when this one has ended, and writes down which process it is. */
export const startBackground = (folder: string, [program = "", ...args]: readonly string[]): void => {
  const state = readState(folder);
  if (state === undefined) throw new FoglineError("FL4183", `there is no dev cluster in ${folder}`);
  const log = openSync(logIn(folder), "a", 0o600);
  const { FOGLINE_PARENT: _, ...env } = process.env;
  const child = spawn(program, args, { cwd: "/", detached: true, stdio: ["ignore", log, log], env });
  closeSync(log);
  child.unref();
  if (child.pid === undefined) throw new FoglineError("FL4183", `${program} did not start`);
  writeState(folder, { ...state, process: markOf(child.pid) });
};

/** Waits until it serves. `begun` is told of every step once. Throws FL4183, or the code of what went wrong. */
export const backgroundStarted = async (folder: string, begun: (doing: string) => void): Promise<DevState> => {
  let told = 0;
  return eventually(
    "the dev cluster starts",
    () => {
      const state = readState(folder);
      for (const { doing } of state?.steps.slice(told) ?? []) begun(doing);
      told = state?.steps.length ?? told;
      if (state?.problem !== undefined)
        throw new FoglineError(state.problem.code as "FL4183", state.problem.message, {
          remedy: `${logIn(folder)} has more; \`fogline dev down\` clears away what was made.`,
        });
      if (state === undefined || !isServed(state))
        throw new FoglineError("FL4183", `the process of the dev cluster ended; ${logIn(folder)} has its last words`);
      return state.phase === "running" && state;
    },
    startMs,
  );
};

/** Ends the process in the background and what it started, by force where it does not end. */
export const endBackground = async ({ process: mark, programs }: DevState): Promise<void> => {
  if (mark !== undefined) {
    signal(mark, "SIGTERM");
    await eventually("it ends", () => !runs(mark), graceMs).catch(() => signal(mark, "SIGKILL"));
    await eventually(`process ${mark.pid} is gone`, () => !runs(mark), killMs);
  }
  // The kernel ends them with their parent; this is for a kernel that had no time yet, or a system whose kernel does not.
  for (const program of programs) signal(program, "SIGKILL");
  await eventually("its programs are gone", () => !programs.some(runs), killMs);
};
