import { readdirSync, readFileSync } from "node:fs";

const fieldsOf = (processId: number | string): readonly string[] => {
  try {
    const text = readFileSync(`/proc/${processId}/stat`, "utf8");
    // The name in parentheses may itself hold spaces and parentheses; what follows it is field 3 and on (proc_pid_stat(5)).
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
};

/** Start of a process in clock ticks since the machine booted, or undefined when there is none. Tells a reused process id apart. */
export const startTicksOf = (processId: number): number | undefined => {
  const field = fieldsOf(processId)[19];
  return field === undefined ? undefined : Number(field);
};

/** Whether the session that a process opened still has members, although its leader is gone. */
export const sessionHasMembers = (session: number): boolean =>
  readdirSync("/proc").some((name) => /^\d+$/.test(name) && Number(name) !== session && fieldsOf(name)[3] === String(session));

/** Processes of the user, each thread counted, as the kernel counts them against RLIMIT_NPROC. */
export const threadsOfUser = (userId: number): number => {
  let found = 0;
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const status = readFileSync(`/proc/${name}/status`, "utf8");
      if (Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]) === userId) found += Number(/^Threads:\s+(\d+)/m.exec(status)?.[1] ?? 1);
    } catch {
      // It ended while we looked.
    }
  }
  return found;
};

/**
 * The processes that carry an execution's id in their environment: where no control group holds them, this finds what fled from the group. A
 * process that also wipes its environment stays unseen.
 */
const processesOfExecution = (executionId: string): readonly number[] => {
  const mark = `FOGLINE_EXECUTION_ID=${executionId}`;
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return readFileSync(`/proc/${name}/environ`, "utf8").split("\0").includes(mark) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
};

/** Ends what carries the execution's id; again, because one that is about to end may just have made another. */
export const killMarked = (executionId: string): void => {
  for (let pass = 0; pass < 3; pass += 1) {
    for (const id of processesOfExecution(executionId)) {
      try {
        process.kill(id, "SIGKILL");
      } catch {
        // It ended by itself.
      }
    }
  }
};

/** New at every boot of the machine; empty where the kernel does not say. */
export const machineBoot = (): string => {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
};

/** Sends a signal to a process group; false when it has no members. */
export const signalGroup = (group: number, name: NodeJS.Signals): boolean => {
  try {
    process.kill(-group, name);
    return true;
  } catch {
    return false;
  }
};
