import { CommanderError } from "commander";
import { createContext, type GlobalOptions } from "./context.ts";
import { exitCodes, reportFailure } from "./exit.ts";
import { createProgram } from "./program.ts";
import { version } from "./version.ts";

const streams = { stdout: process.stdout, stderr: process.stderr, environment: process.env };
const contextOf = (options: GlobalOptions) => createContext(options, streams, process.env.INIT_CWD ?? process.cwd());

// Whoever read the output has gone, as after `| head`: that ends the output, not a running hub, and is no fault of the command.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

// What follows `--` belongs to the command of a task.
const own = process.argv.slice(2, process.argv.includes("--") ? process.argv.indexOf("--") : undefined);
const { output } = contextOf({ json: own.includes("--json") });

try {
  await createProgram(version, contextOf).parseAsync();
} catch (thrown) {
  if (thrown instanceof CommanderError) process.exitCode = usageCode(thrown);
  else process.exitCode = reportFailure(thrown, output);
}

/** Help and version are fine; for people commander has said what is wrong already. */
function usageCode({ exitCode, message }: CommanderError): number {
  if (exitCode === 0) return exitCodes.fine;
  if (output.json) output.failure({ message, remedy: "fogline --help lists everything" });
  return exitCodes.usage;
}
