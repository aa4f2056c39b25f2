import type { Command } from "commander";
import type { Context } from "./context.ts";

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** Keys of clusters, and the secrets that are encrypted for them. */
export const addSecretsCommands = (program: Command, here: (command: Command) => Context): void => {
  const keyOption = ["--key <file>", "a private key of age (default: those in keys/ of the data folder, and SOPS_AGE_KEY_FILE)"] as const;
  program
    .command("cluster")
    .description("what a cluster needs before Flux")
    .command("init <cluster>")
    .description("make the key that a cluster decrypts its secrets with, and name who else may read them")
    .option("--operator <recipient>", "the public key (age1...) of a person who may read every secret; may be given again", collect)
    .option("--new-key", "another key for the cluster, as after a theft; the old one is put aside")
    .action(async (cluster: string, options, command: Command) =>
      (await import("./commands/cluster.ts")).clusterInitCommand(here(command), cluster, options),
    );

  const secret = program.command("secret").description("encrypted secrets, in git and for Flux");
  secret
    .command("set <cluster> <name> <keys...>")
    .description("encrypt values for a cluster; they are asked for, or read from standard input, and never arguments")
    .option("--from-file <file>", "the value of the one key is this file, to the last byte")
    .option("--namespace <namespace>", "where the Secret is for (default: fogline)")
    .option("--replace", "write the secret anew, with these keys alone; needs no private key")
    .option(...keyOption)
    .action(async (cluster: string, name: string, keys: string[], options, command: Command) => {
      if (options.fromFile !== undefined && keys.length > 1) command.error("error: --from-file is the value of one key");
      await (await import("./commands/secret-set.ts")).secretSetCommand(here(command), { cluster, name, keys }, options);
    });
  secret
    .command("rotate <cluster> [name]")
    .description("encrypt anew for whom the list of recipients names now; one secret, or all of the cluster")
    .option("--values", "ask for a new value of every key as well")
    .option(...keyOption)
    .action(async (cluster: string, name: string | undefined, options, command: Command) =>
      (await import("./commands/secret-rotate.ts")).secretRotateCommand(here(command), cluster, name, options),
    );
  secret
    .command("list [cluster]")
    .description("every secret with its keys, without values")
    .action(async (cluster: string | undefined, _, command: Command) =>
      (await import("./commands/secret.ts")).secretListCommand(here(command), cluster),
    );
  secret
    .command("check")
    .description("whether every secret is encrypted, for the right readers and nobody else; needs no key, and verifies more with one")
    .option(...keyOption)
    .action(async (options, command: Command) => (await import("./commands/secret.ts")).secretCheckCommand(here(command), options));
};
