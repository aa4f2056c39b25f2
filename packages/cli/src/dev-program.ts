import { type Command, Option } from "commander";
import type { Context } from "./context.ts";

/** A cluster of this machine to try the fleet on. */
export const addDevCommands = (program: Command, here: (command: Command) => Context): void => {
  const dev = program.command("dev").description("a cluster of this machine, to try what is committed on nodes as large as the fleet's boards");
  dev
    .command("up [cluster]")
    .description("start it, or find it running, and wait until Flux has the commit (default: the cluster that is local)")
    .option("--embedded", "without containers: a real API server, scheduler and Flux as processes, on nodes that only look like boards")
    .addOption(new Option("--k3d", "by k3d instead of kind").conflicts("embedded"))
    .option("--nodes-of <cluster...>", "the clusters whose devices are nodes (default: the cluster's own, or all others' where it has none)")
    .option("--no-wait", "do not wait for Flux")
    .action(async (cluster: string | undefined, options, command: Command) =>
      (await import("./commands/dev-up.ts")).devUpCommand(here(command), cluster, options),
    );
  dev
    .command("status")
    .description("what runs, and how far Flux is")
    .action(async (_, command: Command) => (await import("./commands/dev-status.ts")).devStatusCommand(here(command)));
  dev
    .command("down")
    .description("end it and remove everything that was made for it, and nothing else")
    .action(async (_, command: Command) => (await import("./commands/dev-down.ts")).devDownCommand(here(command)));
  // What `up` leaves behind: the process that is the embedded cluster, and serves commits to any.
  dev
    .command("serve", { hidden: true })
    .action(async (_, command: Command) => (await import("./commands/dev-serve.ts")).devServeCommand(here(command)));
};
