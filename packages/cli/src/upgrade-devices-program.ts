import { type Command, Option } from "commander";
import type { Context } from "./context.ts";
import { durationOrNone } from "./duration-option.ts";

/** What becomes of machines after their first day: handing their cluster over to Flux where Pulumi does not reach, and upgrades. */
export const addNodeCommands = (program: Command, here: (command: Command) => Context): void => {
  const cluster = program.commands.find((command) => command.name() === "cluster");
  cluster
    ?.command("hand-over <cluster>")
    .description("write what must be in a cluster before Flux, for the Ansible role that lays it there; the file has secrets in it")
    .requiredOption("--output <file>", "where to; never over another file")
    .option("--login <file>", "the login with which Flux fetches the tree, as JSON (default: keys/<cluster>.login of the data folder)")
    .option("--operator <manifest>", "the Flux Operator's install.yaml, a file of the repository or a URL (default: the tested release)")
    .option("--operator-sha256 <digest>", "what its SHA-256 must be")
    .action(async (name: string, options, command: Command) => (await import("./hand-over.ts")).clusterHandOverCommand(here(command), name, options));
  cluster
    ?.command("rotate-token <cluster>")
    .description("a new token of K3s, node by node, servers first; shows the plan unless --yes is given")
    .option("--check", "ask each node whether it can be done, and change nothing")
    .option("--yes", "do it")
    .action(async (name: string, options, command: Command) =>
      (await import("./commands/cluster-rotate-token.ts")).rotateTokenCommand(here(command), name, options),
    );
  const device = program.commands.find((command) => command.name() === "device");
  device
    ?.command("upgrade <selector>")
    .description("packages, firmware and K3s of machines, one after another, servers first; shows the plan unless --yes is given")
    .option("--check", "ask each machine what would change, and change nothing")
    .option("--yes", "do it")
    .option("--any-time", "outside of the rings' windows too")
    .addOption(new Option("--only <what>", "the system's packages, or K3s").choices(["system", "k3s"]))
    .option(
      "--hub-wait <duration>",
      "how long an agent may take until it is back at the hub; 0s does not ask it (default: 10m)",
      durationOrNone,
      600_000,
    )
    .option(
      "--soak <duration>",
      "how long each ring must have been well before the next (default: the ring's soak in the fleet file)",
      durationOrNone,
    )
    .option("--k3s-folder <folder>", "where the files of K3s releases are, for machines without the internet")
    .action(async (selector: string, options, command: Command) =>
      (await import("./commands/device-upgrade.ts")).deviceUpgradeCommand(here(command), selector, options),
    );
};
