import { type Command, InvalidArgumentError } from "commander";
import type { Context, GlobalOptions } from "./context.ts";
import { duration } from "./duration-option.ts";

const count = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("a whole number from 1 on");
  return value;
};

/** What is done on devices from afar, below `fogline device`. */
export const addRemoteCommands = (device: Command, here: (command: Command) => Context): void => {
  device
    .command("why <device>")
    .description("why it is away: what speaks for it, and what to do next")
    .action(async (id: string, _, command: Command) => (await import("./commands/device-why.ts")).deviceWhyCommand(here(command), id));
  device
    .command("support-bundle <device>")
    .description("what a device says of itself, as a tar.gz: agent, logs, disk, memory, units, K3s, clock, network")
    .option("--output <file>", "where to (default: <device>-<time>.tar.gz in this folder)")
    .action(async (id: string, options, command: Command) =>
      (await import("./commands/device-bundle.ts")).deviceBundleCommand(here(command), id, options),
    );
  device
    .command("reboot <device...>")
    .description("drain devices, have them restart, wait until they are back; `*` in a name stands for anything")
    .option("--force", "also while one runs what may not be started again")
    .option("--max-unavailable <count>", "how many may be away at once (default: 1)", count, 1)
    .option("--timeout <duration>", "how long one may take until it is back (default: 10m)", duration, 600_000)
    .action(async (ids: string[], options, command: Command) =>
      (await import("./commands/device-reboot.ts")).deviceRebootCommand(here(command), ids, options),
    );
  device
    .command("rotate <device...>")
    .description("have devices make new keys and certificates; what they had before is revoked once the new one was used")
    .action(async (ids: string[], _, command: Command) => (await import("./commands/device-leave.ts")).deviceRotateCommand(here(command), ids));
  device
    .command("decommission <device>")
    .description("lock a device out for good, and say what is left to do by hand")
    .option("--from-fleet", "take it out of the fleet file, too")
    .action(async (id: string, options, command: Command) =>
      (await import("./commands/device-leave.ts")).deviceDecommissionCommand(here(command), id, options),
    );
  device
    .command("replace <device>")
    .description("free the slot of a dead board for a new one, with a one-time token")
    .option("--for <duration>", "how long the token is good for, 1m to 7d (default: 1h)", duration)
    .action(async (id: string, options, command: Command) =>
      (await import("./commands/device-leave.ts")).deviceReplaceCommand(here(command), id, options),
    );
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
