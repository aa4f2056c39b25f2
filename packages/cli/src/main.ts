import { readFileSync } from "node:fs";
import { CommanderError } from "commander";
import { createContext, type GlobalOptions } from "./context.ts";
import { exitCodes, reportFailure } from "./exit.ts";
import { createProgram } from "./program.ts";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
const streams = { stdout: process.stdout, stderr: process.stderr, environment: process.env };
const contextOf = (options: GlobalOptions) => createContext(options, streams, process.env["INIT_CWD"] ?? process.cwd());

try {
  await createProgram(version, contextOf).parseAsync();
} catch (thrown) {
  if (thrown instanceof CommanderError) process.exitCode = thrown.exitCode === 0 ? exitCodes.fine : exitCodes.usage;
  else process.exitCode = reportFailure(thrown, contextOf({ json: process.argv.includes("--json") }).output);
}
