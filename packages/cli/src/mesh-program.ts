import type { Command } from "commander";
import type { Context } from "./context.ts";

/** The mesh of devices over WireGuard. */
export const addMeshCommands = (program: Command, here: (command: Command) => Context): void => {
  const mesh = program.command("mesh").description("the mesh: who calls whom, and new keys");
  mesh
    .command("show <device>")
    .description("a device's address, its key, and its peers")
    .action(async (device: string, _options, command: Command) => (await import("./commands/mesh.ts")).meshShowCommand(here(command), device));
  mesh
    .command("config <device>")
    .description("the settings of WireGuard that the device gets")
    .action(async (device: string, _options, command: Command) => (await import("./commands/mesh.ts")).meshConfigCommand(here(command), device));
  mesh
    .command("rotate <device...>")
    .description("make a new key on machines, one after another: plan, ask, do; devices as in fogline bootstrap")
    .option("--yes", "do not ask")
    .option("--check", "change nothing, and show what would change")
    .action(async (devices: string[], options, command: Command) =>
      (await import("./commands/mesh-rotate.ts")).meshRotateCommand(here(command), devices, options),
    );
};
