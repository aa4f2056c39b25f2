import { parseDurationMs } from "@fogline/units";
import { type Command, InvalidArgumentError } from "commander";
import type { Context, GlobalOptions } from "./context.ts";

const duration = (text: string): number => {
  const ms = parseDurationMs(text);
  if (ms === undefined || ms <= 0) throw new InvalidArgumentError("write it like 1h");
  return ms;
};

/** What is done on devices from afar, below `fogline device`. */
export const addRemoteCommands = (device: Command, here: (command: Command) => Context): void => {
  device
    .command("shell <device> [command...]")
    .description("a shell on a device, or one command there with its exit code: fogline device shell pi-4 -- df -h")
    .option("--terminal", "a terminal for a command too")
    .option("--no-terminal", "none, also for a shell")
    .action(async (id: string, words: string[], options, command: Command) =>
      (await import("./commands/device-shell.ts")).deviceShellCommand(here(command), id, words, options),
    );
};

/** What somebody at a device allows, below `fogline agent`. */
export const addConsentCommands = (agent: Command, here: (command: Command) => Context): void => {
  const dataOf = (command: Command): string | undefined => command.optsWithGlobals<GlobalOptions>().data;
  agent
    .command("allow-shell")
    .description("let admins of the fleet have a shell on this machine, for a while")
    .option("--for <duration>", "for how long, 24h at most (default: 1h)", duration, 3_600_000)
    .action(async (options: { readonly for: number }, command: Command) =>
      (await import("./commands/allow-shell.ts")).allowShellCommand(here(command), dataOf(command), options.for),
    );
  agent
    .command("deny-shell")
    .description("take that back")
    .action(async (_, command: Command) => (await import("./commands/allow-shell.ts")).denyShellCommand(here(command), dataOf(command)));
};
