import { readdirSync, readFileSync } from "node:fs";

const everyMs = 100;

const textOf = (processId: string, what: "cmdline" | "environ"): string => {
  try {
    return readFileSync(`/proc/${processId}/${what}`, "utf8");
  } catch {
    return "";
  }
};

/** Looks again and again at the arguments and the environment of every process, those in targets too, for what must be in none. */
export const watchProcesses = (pattern: RegExp): { end(): { readonly found: readonly string[]; readonly looks: number } } => {
  const found = new Set<string>();
  let looks = 0;
  const timer = setInterval(() => {
    looks += 1;
    for (const processId of readdirSync("/proc").filter((name) => /^\d+$/.test(name)))
      for (const what of ["cmdline", "environ"] as const)
        if (pattern.test(textOf(processId, what))) found.add(`${what} of ${textOf(processId, "cmdline").split("\0")[0]}`);
  }, everyMs);
  return {
    end: () => {
      clearInterval(timer);
      return { found: [...found], looks };
    },
  };
};
