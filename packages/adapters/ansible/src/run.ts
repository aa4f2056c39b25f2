import { $ } from "zx";

/** Runs a program in a folder and waits for it; throws with what it wrote where it fails. */
export const run = async (program: string, args: readonly string[], cwd: string): Promise<void> => {
  const { exitCode, stderr, stdout } = await $({ quiet: true, nothrow: true, cwd })`${program} ${args} </dev/null`;
  if (exitCode !== 0) throw new Error(`${program} ended with ${exitCode}: ${(stderr || stdout).trim().split("\n").slice(-3).join("; ")}`);
};
