import { chosenStages } from "@fogline/gitops";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Context } from "./context.ts";
import { parseFingerprint } from "./fingerprint.ts";

/** More than this at once is more than one machine's SSH and Python carry. */
const PARALLEL_MAX = 50;

const parallel = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > PARALLEL_MAX) throw new InvalidArgumentError(`a number from 1 to ${PARALLEL_MAX} is needed`);
  return value;
};

const disk = (text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> => {
  const [, device, path] = /^([a-z0-9-]+)=(\/dev\/.+)$/.exec(text) ?? [];
  if (device === undefined || path === undefined) throw new InvalidArgumentError("write it like pi-1=/dev/disk/by-id/usb-...");
  return { ...before, [device]: path };
};

const another = (device: string, before: readonly string[] = []): readonly string[] => [...before, device];

/** Setting up machines over SSH. */
export const addBootstrapCommands = (program: Command, here: (command: Command) => Context): void => {
  program
    .command("bootstrap")
    .description("set machines up over SSH: plan, ask, then all of them at once, as often as you like")
    .argument("[device...]", "devices: ids, patterns such as 'pi-*', cluster:<name>, ring:<name>, site:<name>, class:<name>, or all")
    .option("--yes", "do not ask")
    .option("--check", "change nothing, and show what would change")
    .addOption(new Option("--only <stage>", "only this stage, after the preflight").choices(chosenStages))
    .addOption(new Option("--parallel <count>", "devices at once, 1 to 50").default(10).argParser(parallel))
    .option("--resume", "go on with the devices of the last run that are not set up")
    .option("--keep-going", "set up those without a problem although others have one")
    .option("--without-agent", "without the agent, and without a token of the hub")
    .addOption(
      new Option("--accept-host-key <fingerprint>", "write down the host key of one machine, read on that machine").argParser(parseFingerprint),
    )
    .option("--k3s-folder <folder>", "where the files of K3s releases are, for machines without the internet")
    .option("--operator <manifest>", "the Flux Operator's install.yaml, a file of the repository or a URL (default: the tested release)")
    .addOption(new Option("--data-disk <device=path>", "an empty disk of a machine that becomes its data disk; may be given again").argParser(disk))
    .addOption(new Option("--adopt <device>", "take over the K3s of a machine, which somebody else installed; may be given again").argParser(another))
    .action(async (devices: string[], options, command: Command) => {
      if (devices.length === 0 && options.resume !== true) command.error("error: name devices, or --resume");
      await (await import("./commands/bootstrap.ts")).bootstrapCommand(here(command), devices, options);
    });
};
