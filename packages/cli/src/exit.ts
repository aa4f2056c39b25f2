import { type Finding, FoglineError, textOf } from "@fogline/findings";
import type { Output } from "./output.ts";

/** What the command's exit code says; documented in docs/cli.md. */
export const exitCodes = { fine: 0, findings: 1, usage: 2, couldNotRun: 3 } as const;

/** Thrown by a command that has printed its answer and wants another code than 0. */
export class Exit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

/** Prints a failure of a command and gives its exit code. */
export const reportFailure = (thrown: unknown, output: Output): number => {
  if (thrown instanceof Exit) return thrown.code;
  if (thrown instanceof FoglineError) {
    output.failure({ code: thrown.code, message: thrown.message, remedy: thrown.remedy, findings: thrown.findings });
    return thrown.findings.length > 0 ? exitCodes.findings : exitCodes.couldNotRun;
  }
  output.failure({ message: textOf(thrown) });
  return exitCodes.couldNotRun;
};

/** Ends with 1 when there is an error among the findings. */
export const exitFor = (findings: readonly Finding[]): void => {
  if (findings.some(({ severity }) => severity === "error")) throw new Exit(exitCodes.findings);
};
