import { parseDurationMs } from "@fogline/units";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Context } from "./context.ts";
import { parseFingerprint } from "./fingerprint.ts";

const duration = (text: string): number => {
  const value = parseDurationMs(text);
  if (value === undefined || value < 60_000 || value > 7 * 24 * 3_600_000) throw new InvalidArgumentError("write it like 2d; 1m to 7d");
  return value;
};

const seconds = (text: string): number => {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 1 || value > 600) throw new InvalidArgumentError("a number of seconds from 1 to 600 is needed");
  return value;
};

/** Blank boards, below `fogline device`: images, and boards that announce themselves. */
export const addFirstBootCommands = (program: Command, here: (command: Command) => Context): void => {
  const device = program.commands.find((command) => command.name() === "device");
  if (device === undefined) throw new Error("there is no command device");
  device
    .command("image [device]")
    .description("files that make a blank board come up as this device: for its card, for a seed, or for flashing a Jetson")
    .option("--to <folder>", "a Pi's boot partition, or where the files go (default: images/<device> in the data folder)")
    .option("--seed-iso <file>", "one image named cidata instead of files, for a machine that starts from a disk or CD")
    .option("--ssh-key <file...>", "SSH public keys of those who may sign in, beside access.keys of the fleet file")
    .option("--wifi <file>", "a wireless network that it joins: a file with ssid, password and country that only you may read")
    .option("--dhcp", "take the address from DHCP, which has a reservation, instead of setting it")
    .option("--without-token", "without an enrolment token, where no hub is running")
    .option("--for <duration>", "how long the token is good for, 1m to 7d (default: 2d; for --unclaimed the invitation, 7d)", duration)
    .option("--csv <file>", "an image for each row: columns device, serial, mac; the last two go into the fleet file")
    .option("--unclaimed", "one image for any number of boards, which announce themselves until they are claimed")
    .option("--site <site>", "where unclaimed boards will be")
    .option("--force", "replace what is there; an earlier image of the device keeps its host key")
    .action(async (id: string | undefined, options, command: Command) => {
      const chosen = [id, options.csv, options.unclaimed].filter((one) => one !== undefined);
      if (chosen.length !== 1) command.error("error: name one of <device>, --csv and --unclaimed");
      if ((options.unclaimed === true) !== (options.site !== undefined)) command.error("error: --unclaimed and --site belong together");
      if (options.to !== undefined && options.seedIso !== undefined) command.error("error: --to and --seed-iso exclude each other");
      if (options.unclaimed === true)
        await (await import("./commands/device-image-unclaimed.ts")).unclaimedImageCommand(here(command), options.site, options);
      else await (await import("./commands/device-image.ts")).deviceImageCommand(here(command), id, options);
    });
  device
    .command("discover")
    .description("boards on this machine's networks that announce themselves")
    .addOption(new Option("--seconds <seconds>", "how long to listen (default: 5)").argParser(seconds))
    .action(async ({ seconds: long = 5 }, command: Command) =>
      (await import("./commands/device-discover.ts")).deviceDiscoverCommand(here(command), { seconds: long }),
    );
  device
    .command("claim [board] [device]")
    .description("make a board that announces itself a device: its serial number, MAC, address and host key")
    .addOption(new Option("--seconds <seconds>", "how long to listen for it (default: 5)").argParser(seconds))
    .addOption(new Option("--address <whose>", "whose address counts where they differ").choices(["board", "fleet"]))
    .option("--fingerprint <fingerprint>", "of its host key, read at its screen: in place of the proof by its card", parseFingerprint)
    .option("--csv <file>", "many at once: columns board (serial number or MAC) and device; all of them or none")
    .action(async (board: string | undefined, id: string | undefined, { seconds: long = 5, ...options }, command: Command) => {
      if ((options.csv === undefined) === (id === undefined)) command.error("error: name a board and a device, or --csv");
      if (options.csv !== undefined && options.fingerprint !== undefined) command.error("error: --fingerprint is for one board");
      await (await import("./commands/device-discover.ts")).deviceClaimCommand(here(command), board, id, { ...options, seconds: long });
    });
};
