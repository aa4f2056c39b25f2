import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { FoglineError } from "@fogline/findings";

const run = promisify(execFile);
/** Longer takes none of the programs that are run here. */
const timeoutMs = 60_000;

/** Runs a program to its end. Throws FL4135 where there is none of that name, with how to get it. */
export const runProgram = async (name: string, args: readonly string[], install: string): Promise<string> => {
  try {
    return (await run(name, [...args], { timeout: timeoutMs })).stdout;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "ENOENT") throw thrown;
    throw new FoglineError("FL4135", `${name} is not installed here`, { remedy: install, cause: thrown });
  }
};
