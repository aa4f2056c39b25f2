import { type Command, InvalidArgumentError, Option } from "commander";
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
  program
    .command("upgrade")
    .description("bring the repository to this version of fogline: fleet file, schema, package.json")
    .option("--dry-run", "print what would change instead of changing it")
    .action(async (options, command: Command) => (await import("./commands/upgrade.ts")).upgradeCommand(here(command), options));
};

const fleetFile = (path: string): string => {
  if (/^clusters\/fleet\.(yaml|d\/[^/]+\.yaml)$/.test(path)) return path;
  throw new InvalidArgumentError("write it like clusters/fleet.d/plant-7.yaml");
};

/** Devices as a table, below `fogline fleet`. */
export const addFleetTableCommands = (fleet: Command, here: (command: Command) => Context): void => {
  fleet
    .command("export")
    .description("the devices as a table, one a row, for a spreadsheet")
    .addOption(new Option("--format <format>", "how it is written (default: csv)").choices(["csv"]))
    .option("--file <file>", "where to (default: standard output)")
    .action(async (options, command: Command) => (await import("./commands/fleet-table.ts")).fleetExportCommand(here(command), options));
  fleet
    .command("import <file>")
    .description("add and update devices from a CSV file, keeping comments; all of it or nothing")
    .option("--dry-run", "print what would change instead of changing it")
    .option("--into <file>", "the file that gets new devices (default: the one with their cluster or site)", fleetFile)
    .action(async (file: string, options, command: Command) =>
      (await import("./commands/fleet-table.ts")).fleetImportCommand(here(command), file, options),
    );
};
