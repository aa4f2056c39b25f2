import { parseBytes } from "@fogline/units";
import { type Command, InvalidArgumentError } from "commander";
import type { Context } from "../context.ts";
import { addExposureOptions } from "../exposure.ts";

const bytes = (text: string): number => {
  const value = parseBytes(text);
  if (value === undefined) throw new InvalidArgumentError("write it like 1GiB");
  return value;
};

const port = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65_535) throw new InvalidArgumentError("a port from 1 to 65535 is needed");
  return value;
};

/** `fogline hub`: the hub as a service of one server. What the commands need is loaded when one runs. */
export const addHubCommands = (program: Command, here: (command: Command) => Context): void => {
  const hub = program.command("hub").description("the hub as a service of one server");
  const places = (command: Command): Command =>
    command
      .option("--home <folder>", "where the service keeps data and backups (default: /var/lib/fogline)")
      .option("--user <name>", "the system user that it runs as (default: fogline)")
      .option("--root <folder>", "into this folder instead of the machine's root; makes no user and starts nothing")
      .option("--dry-run", "print what would be done, and do nothing")
      .option("--yes", "do it without asking");
  addExposureOptions(places(hub.command("install <repository>")))
    .description("make this server run the hub of a fleet: its repository's folder or git URL")
    .option("--compose", "as a container, by docker compose; otherwise by systemd")
    .option("--port <port>", "port for people (default: 443 with a certificate, else 3000)", port)
    .option("--agent-port <port>", "port for agents (default: 8091)", port)
    .option("--orchestrator-port <port>", "port of the orchestrator's API, on the loopback (default: 8080)", port)
    .option("--memory-max <bytes>", "all the memory it may use, like 1GiB (default: 1GiB)", bytes)
    .option("--image <image>", "the image of the composed hub (default: from the fleet's domain)")
    .action(async (repository: string, options, command: Command) =>
      (await import("./hub-install.ts")).hubInstallCommand(here(command), repository, options),
    );
  places(hub.command("uninstall"))
    .description("take the service away; data and settings stay")
    .option("--purge", "remove the data, the settings and the user too")
    .action(async (options, command: Command) => (await import("./hub-install.ts")).hubUninstallCommand(here(command), options));
  addDataCommands(hub, here);
};

const addDataCommands = (hub: Command, here: (command: Command) => Context): void => {
  const passphrase = "file whose first line is the passphrase of the keys (default: FOGLINE_BACKUP_PASSPHRASE)";
  hub
    .command("backup")
    .description("write everything that the hub remembers into one file, while it runs")
    .option("--to <file>", "the archive to write (default: a new one in backups/ of the data folder)")
    .option("--with-keys", "with the keys and tokens, sealed by a passphrase")
    .option("--passphrase-file <file>", passphrase)
    .option("--database-url <url>", "where a database is, if it is in PostgreSQL (default: DATABASE_URL)")
    .action(async (options, command: Command) => (await import("./hub-backup.ts")).hubBackupCommand(here(command), options));
  hub
    .command("restore <archive>")
    .description("put a backup in the place of the data folder, which is kept beside it; checks everything first")
    .option("--passphrase-file <file>", passphrase)
    .action(async (archive: string, options, command: Command) =>
      (await import("./hub-backup.ts")).hubRestoreCommand(here(command), archive, options),
    );
  hub
    .command("upgrade")
    .description("before a newer version starts on this data: checks versions, makes a backup, says how to go on and how to go back")
    .option("--with-keys", "with the keys and tokens in the backup, sealed by a passphrase")
    .option("--passphrase-file <file>", passphrase)
    .action(async (options, command: Command) => (await import("./hub-upgrade.ts")).hubUpgradeCommand(here(command), options));
};
