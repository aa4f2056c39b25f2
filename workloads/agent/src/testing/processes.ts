import { readdirSync, readFileSync } from "node:fs";

/** Whether a process still runs; one that ended and that nobody has collected yet does not. */
export const runs = (processId: number): boolean => {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${processId}/stat`, "latin1"));
  } catch {
    return false;
  }
};

/** The processes whose environment holds a text: what an execution started, wherever it hides. */
export const processesWith = (text: string): readonly number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((id) => {
      try {
        return readFileSync(`/proc/${id}/environ`, "latin1").split("\0").includes(text) && runs(id);
      } catch {
        return false;
      }
    });

const patienceMs = 15_000;

/** Waits until something holds of the machine, which nobody tells us about: asks again and again, but not for ever. */
export const eventually = async (holds: () => boolean, what: string): Promise<void> => {
  const deadlineMs = performance.now() + patienceMs;
  while (!holds()) {
    if (performance.now() > deadlineMs) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
