import type { Command } from "commander";
import type { Context } from "./context.ts";

/** Commands about a user's own repository as a whole. */
export const addRepositoryCommands = (program: Command, here: (command: Command) => Context): void => {
  program
    .command("init <folder>")
    .description("make a repository for a fleet of one's own")
    .option("--name <name>", "name of the fleet (default: that of the folder)")
    .option("--domain <domain>", "domain of its services (default: <name>.internal)")
    .option("--fogline <spec>", "what its package.json asks npm for: a version, or file:<archive> (default: this version)")
    .option("--no-git", "without `git init`")
    .action(async (folder: string, options, command: Command) => (await import("./commands/init.ts")).initCommand(here(command), folder, options));
};
