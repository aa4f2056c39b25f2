import { readFileSync } from "node:fs";

/** A process that is not mistaken for a later one with its id. */
export interface ProcessIdentity {
  readonly processId: number;
  /** When it began, in ticks since boot; 0 where the system does not say. */
  readonly startTicks: number;
}

/** Ticks since boot at which a process began; undefined for one that is gone or was not waited for yet, 0 where there is no /proc. */
const startTicksOf = (processId: number): number | undefined => {
  try {
    const fields = readFileSync(`/proc/${processId}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return fields[0] === "Z" ? undefined : Number(fields[19]);
  } catch {
    return hasProc() || !answers(processId) ? undefined : 0;
  }
};

const hasProc = (): boolean => {
  try {
    return readFileSync("/proc/self/stat").length > 0;
  } catch {
    return false;
  }
};

const answers = (processId: number): boolean => {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
};

export const identityOf = (processId: number): ProcessIdentity => ({ processId, startTicks: startTicksOf(processId) ?? 0 });

export const isAlive = ({ processId, startTicks }: ProcessIdentity): boolean => startTicksOf(processId) === startTicks;

/** A process as the callback plugin takes its owner. */
export const ownerOf = ({ processId, startTicks }: ProcessIdentity): string => `${processId}:${startTicks}`;
