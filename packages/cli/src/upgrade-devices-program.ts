import type { Command } from "commander";
import type { Context } from "./context.ts";

/** What becomes of the nodes of clusters: handing one over to Flux where Pulumi does not reach. */
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
};
