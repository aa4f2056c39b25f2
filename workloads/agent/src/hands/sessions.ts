import { readdirSync, readFileSync, readlinkSync } from "node:fs";

// What the kernel says of processes (proc_pid_stat(5)): which belong together, and which terminal they have.

interface Seen {
  readonly id: number;
  readonly parent: number;
  readonly session: number;
}

const seen = (name: string): Seen | undefined => {
  try {
    const text = readFileSync(`/proc/${name}/stat`, "utf8");
    // The name in parentheses may itself hold spaces and parentheses; what follows it is field 3 and on.
    const [, parent, , session] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { id: Number(name), parent: Number(parent), session: Number(session) };
  } catch {
    return undefined;
  }
};

const all = (): readonly Seen[] => readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? (seen(name) ?? []) : []));

/** The processes that a process started, by their ids. */
export const childrenOf = (processId: number): readonly number[] => all().flatMap(({ id, parent }) => (parent === processId ? [id] : []));

/** The terminal that a process reads from; undefined when it has none. */
export const terminalOf = (processId: number): string | undefined => {
  try {
    const path = readlinkSync(`/proc/${processId}/fd/0`);
    return /^\/dev\/pts\/\d+$/.test(path) ? path : undefined;
  } catch {
    return undefined;
  }
};

/** Ends every process of these sessions; again, because one that is about to end may just have made another. What has left its session stays. */
export const endSessions = (sessions: readonly number[]): void => {
  for (let pass = 0; pass < 3; pass += 1) {
    for (const { id } of all().filter(({ session }) => sessions.includes(session))) {
      try {
        process.kill(id, "SIGKILL");
      } catch {
        // It ended by itself.
      }
    }
  }
};
