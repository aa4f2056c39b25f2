import type { Command } from "commander";
import type { Context } from "./context.ts";

/** Trees as signed artifacts in a registry. */
export const addTreeCommands = (program: Command, here: (command: Command) => Context): void => {
  const tree = program.command("tree").description("trees in the fleet's registry, for clusters that take them from there");
  tree
    .command("push [clusters...]")
    .description("pack, sign and push the committed tree of each cluster that takes it from the registry, tagged by its commit")
    .option("--ring <ring>", "of the clusters of this ring, and let them have it: their tag moves to it")
    .option("--branch <branch>", "the branch of what is wanted, as the artifact names it", "main")
    .option("--key <file>", "the private key to sign with (default: tree-signing.key in keys/ of the data folder)")
    .option("--dry-run", "ask the registry what it has, and change nothing")
    .action(async (clusters: string[], options, command: Command) =>
      (await import("./commands/tree.ts")).treePushCommand(here(command), clusters, options),
    );
  tree
    .command("key")
    .description("make the key pair that trees are signed with; from then on clusters take no others")
    .option("--new-key", "another pair, as after a theft; the private key before is put aside")
    .action(async (options, command: Command) => (await import("./commands/tree.ts")).treeKeyCommand(here(command), options));
};
