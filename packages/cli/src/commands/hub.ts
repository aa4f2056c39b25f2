import type { Command } from "commander";
import type { Context } from "../context.ts";

/** `fogline hub`: the hub as a service of one server. */
export const addHubCommands = (program: Command, here: (command: Command) => Context): void => {
  program.command("hub").description("the hub as a service of this server");
  void here;
};
