import { createInterface } from "node:readline/promises";
import { Exit, exitCodes } from "../exit.ts";
import type { Output } from "../output.ts";

/** Asks a person whether to go on. Where nobody can be asked, --yes is needed: throws the exit code of wrong usage. */
export const askWhether = async (output: Output, question: string): Promise<boolean> => {
  if (!process.stdin.isTTY || !process.stdout.isTTY || output.json) {
    output.failure({
      message: `${question} Nobody can be asked here.`,
      remedy: "add --yes once you have read the plan, or --check to change nothing",
    });
    throw new Exit(exitCodes.usage);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
};
