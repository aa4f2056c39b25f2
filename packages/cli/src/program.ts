import { parseBytes, parseDurationMs } from "@fogline/units";
import { Command, InvalidArgumentError, Option } from "commander";
import { addBootstrapCommands } from "./bootstrap-program.ts";
import { auditExportCommand, auditListCommand, auditVerifyCommand } from "./commands/audit.ts";
import { deviceDrainCommand, deviceListCommand, deviceSimulateCommand } from "./commands/device.ts";
import { deviceHistoryCommand, deviceLogsCommand, deviceShowCommand } from "./commands/device-report.ts";
import { deviceCertificatesCommand, deviceEnrolCommand, deviceRevokeCommand } from "./commands/enrolment.ts";
import { gitOpsStatusCommand } from "./commands/gitops.ts";
import { addHubCommands } from "./commands/hub.ts";
import { taskCancelCommand, taskExplainCommand, taskListCommand, taskRunCommand, taskShowCommand } from "./commands/task.ts";
import type { Context, GlobalOptions } from "./context.ts";
import { addDevCommands } from "./dev-program.ts";
import { addExposureOptions } from "./exposure.ts";
import { addFirstBootCommands } from "./first-boot-program.ts";
import { addMeshCommands } from "./mesh-program.ts";
import { addPeopleCommands, addSignInCommands } from "./people-program.ts";
import { addConsentCommands, addRemoteCommands } from "./remote-program.ts";
import { addFleetTableCommands, addRepositoryCommands } from "./repository-program.ts";
import { addSecretsCommands } from "./secrets-program.ts";
import { addTreeCommands } from "./tree-program.ts";
import { addNodeCommands } from "./upgrade-devices-program.ts";

const number = (text: string): number => {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("a number is needed");
  return value;
};

const parsed =
  (parse: (text: string) => number | undefined, example: string) =>
  (text: string): number => {
    const value = parse(text);
    if (value === undefined) throw new InvalidArgumentError(`write it like ${example}`);
    return value;
  };

const pair = (text: string, before: Record<string, string> = {}): Record<string, string> => {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("write it like NAME=value");
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
};

/** The whole command line. `context` is made from the global options when a command runs. */
export const createProgram = (version: string, context: (options: GlobalOptions) => Context): Command => {
  const program = new Command("fogline")
    .description("One fleet file in, a running fog out.")
    .version(version)
    .option("--json", "one JSON value on standard output instead of text")
    .option("--repo <folder>", "the repository that holds the fleet (default: this folder)")
    .option("--data <folder>", "where the hub keeps its state (default: .fogline in the repository, or FOGLINE_DATA)")
    .option("--url <url>", "the hub to talk to (default: the one of the data folder, or FOGLINE_URL)")
    .showHelpAfterError("(fogline --help lists everything)")
    .configureHelp({ showGlobalOptions: true })
    .exitOverride();
  const here = (command: Command): Context => context(command.optsWithGlobals());

  // What needs the hub, or renders, is loaded on use: that is most of the program, and the other commands shall start without it.
  addExposureOptions(program.command("up"))
    .description("run the hub, this machine's agent and the simulated devices, as the committed manifests say")
    .addOption(new Option("--port <port>", "HTTP port; 0 takes any free one (default: as rendered, 3000)").argParser(number).env("FOGLINE_PORT"))
    .addOption(
      new Option("--agent-port <port>", "port that agents connect to (default: as rendered, 8091)").argParser(number).env("FOGLINE_AGENT_PORT"),
    )
    .addOption(
      new Option("--orchestrator-port <port>", "port of the orchestrator's API (default: as rendered, 8080)")
        .argParser(number)
        .env("FOGLINE_ORCHESTRATOR_PORT"),
    )
    .option("--watch", "render and apply the fleet file as it is on disk, whenever it changes")
    .option("--no-simulate", "without simulated devices")
    .option("--no-agent", "without an agent on this machine")
    .option("--log", "the hub's log on standard output instead of hub.log in the data folder")
    .action(async (options, command: Command) => (await import("./commands/up.ts")).upCommand(here(command), options));

  program
    .command("render")
    .description("write the trees that the fleet describes")
    .option("--check", "write nothing; fail when the tree on disk is not what the fleet renders")
    .option("--cluster <name...>", "only these clusters and their devices")
    .action(async (options, command: Command) => (await import("./commands/render.ts")).renderCommand(here(command), options));
  program
    .command("check")
    .description("check the fleet file, settings, and every tree against the rules of docs/policies.md")
    .addOption(new Option("--format <format>", "sarif is for code scanning (default: text)").choices(["text", "json", "sarif"]))
    .option("--cluster <name...>", "only the trees of these clusters")
    .option("--on-disk", "the trees as they lie in the repository, edited or not, instead of what the fleet renders")
    .action(async (options, command: Command) => {
      const json = options.format !== undefined && options.format !== "text";
      const { checkCommand } = await import("./commands/check.ts");
      await checkCommand(json ? context({ ...command.optsWithGlobals(), json }) : here(command), options);
    });
  program
    .command("why")
    .description("which line of the fleet file, and which chart, a rendered value comes from")
    .argument("<cluster>", "a cluster of the fleet")
    .argument("<object>", "like deployment/agent, or a file of the tree")
    .argument("<field>", "like spec.replicas or containers.agent.image")
    .action(async (cluster, object, field, _, command: Command) =>
      (await import("./commands/why.ts")).whyCommand(here(command), cluster, object, field),
    );
  program
    .command("diff <revision>")
    .description("what the fleet file as it is on disk would change, compared with the trees of a commit, branch or tag")
    .addOption(new Option("--format <format>", "how to say it (default: text)").choices(["text", "json", "markdown"]))
    .option("--cluster <cluster>", "only this one, with every object, field, device and image")
    .action(async (revision: string, options, command: Command) =>
      (await import("./commands/diff.ts")).diffCommand(
        context({ ...command.optsWithGlobals<GlobalOptions>(), ...(options.format === "json" ? { json: true } : {}) }),
        revision,
        options,
      ),
    );
  program
    .command("doctor")
    .description("what this machine has of what Fogline needs")
    .action(async (_, command: Command) => (await import("./commands/doctor.ts")).doctorCommand(here(command)));
  const agent = program
    .command("agent")
    .description("be the agent of this machine, in the foreground: the command that `fogline device enrol` prints for a device")
    .option("--token <token>", "the one-time token; needed until this machine has an identity in its data folder")
    .action(async (_, command: Command) => (await import("./commands/agent.ts")).agentCommand(command.optsWithGlobals()));
  addConsentCommands(agent, here);
  const device = addDeviceCommands(program, here);
  addEnrolmentCommands(device, here);
  addRemoteCommands(device, here);
  addFirstBootCommands(program, here);
  addTaskCommands(program, here);
  addFleetCommands(program, here);
  addRepositoryCommands(program, here);
  addSecretsCommands(program, here);
  addNodeCommands(program, here);
  addTreeCommands(program, here);
  addBootstrapCommands(program, here);
  addMeshCommands(program, here);
  program
    .command("gitops")
    .description("how far every cluster is")
    .command("status")
    .description("what each cluster should run and runs, what was refused, what drifted")
    .argument("[cluster]", "ask this cluster's own Flux instead of the hub, by the kubeconfig")
    .option("--kubeconfig <file>", "the file that names the cluster (default: as kubectl finds it)")
    .option("--context <name>", "another context than the file's current one")
    .action(async (cluster: string | undefined, options, command: Command) =>
      cluster === undefined
        ? gitOpsStatusCommand(here(command))
        : (await import("./commands/gitops-cluster.ts")).gitOpsClusterCommand(here(command), cluster, options),
    );
  addAuditCommands(program, here);
  addPeopleCommands(program, here);
  addSignInCommands(program, here);
  addDevCommands(program, here);
  addHubCommands(program, here);
  return program;
};

const addAuditCommands = (program: Command, here: (command: Command) => Context): void => {
  const audit = program.command("audit").description("who changed what, as a chain that shows whether it was altered");
  audit
    .command("list")
    .description("changes, newest first")
    .option("--limit <count>", "how many, at most 500 (default: 100)", number)
    .option("--by <name>", "only those of this person, device or program")
    .option("--operation <name>", "only this operation, like nodes.drain")
    .option("--target <id>", "only what was done to this")
    .action((options, command: Command) => auditListCommand(here(command), options));
  audit
    .command("verify")
    .description("compute the chain anew and say where it breaks, if it does")
    .option("--file <file>", "of an export, without a hub")
    .action((options, command: Command) => auditVerifyCommand(here(command), options));
  audit
    .command("export")
    .description("every entry that is kept, one JSON value a line, in a form that can be verified without the hub")
    .option("--file <file>", "where to (default: standard output)")
    .action((options, command: Command) => auditExportCommand(here(command), options));
};

const addDeviceCommands = (program: Command, here: (command: Command) => Context): Command => {
  const device = program.command("device").description("the devices of the fleet");
  device
    .command("list")
    .description("every device with its state")
    .action((_, command: Command) => deviceListCommand(here(command)));
  device
    .command("show <device>")
    .description("what it is, how it fares, and how it was connected")
    .action((id: string, _, command: Command) => deviceShowCommand(here(command), id));
  device
    .command("history <device>")
    .description("every change of its status")
    .option("--hours <hours>", "how far back, 720 at most (default: 24)", number)
    .action((id: string, options, command: Command) => deviceHistoryCommand(here(command), id, options));
  device
    .command("logs <device>")
    .description("the end of its agent's log, asked of the device now")
    .option("--tail <bytes>", "how much of it, 64KiB at most (default: 16KiB)", parsed(parseBytes, "16KiB"))
    .action((id: string, options, command: Command) => deviceLogsCommand(here(command), id, options));
  device
    .command("drain <device>")
    .description("move tasks away and place no new ones")
    .option("--undo", "take it back into service")
    .action((id: string, options, command: Command) => deviceDrainCommand(here(command), id, options));
  device
    .command("simulate <device>")
    .description("change the virtual world of a simulated device")
    .option("--temperature <celsius>", "CPU temperature", number)
    .option("--battery <percent>", "charge of the battery", number)
    .addOption(new Option("--charging <yes|no>", "whether it is plugged in").choices(["yes", "no"]))
    .option("--cpu <percent>", "load", number)
    .option("--latency <ms>", "delay of its link", number)
    .addOption(new Option("--clock <state>", "a frozen device does nothing at all").choices(["frozen", "running"]))
    .addOption(new Option("--link <state>", "whether its link works").choices(["up", "down"]))
    .action((id: string, options, command: Command) => deviceSimulateCommand(here(command), id, options));
  return device;
};

const addEnrolmentCommands = (device: Command, here: (command: Command) => Context): void => {
  device
    .command("enrol <device>")
    .description("a one-time token with which the device of a slot gets its certificate, and the command to type there")
    .option("--for <duration>", "how long the token is good for, 1m to 7d (default: 1h)", parsed(parseDurationMs, "1h"))
    .action((id: string, options, command: Command) => deviceEnrolCommand(here(command), id, options));
  device
    .command("certificates <device>")
    .description("the certificates that a device was given")
    .action((id: string, _, command: Command) => deviceCertificatesCommand(here(command), id));
  device
    .command("revoke <device>")
    .description("make its certificates worthless and end its connection; it comes back only with a new token")
    .action((id: string, _, command: Command) => deviceRevokeCommand(here(command), id));
};

const addTaskCommands = (program: Command, here: (command: Command) => Context): void => {
  const task = program.command("task").description("work that runs on devices");
  task
    .command("run <command...>")
    .description("run a command on the device that suits it best: fogline task run -- uname -a")
    .option("--on <device>", "only on this device")
    .option("--site <site>", "only at this site")
    .option("--gpu", "only where a GPU is free")
    .option("--image <image>", "in a container of this image, where a runtime exists")
    .option("--memory <bytes>", "memory it needs and is held to, like 256MiB", parsed(parseBytes, "256MiB"))
    .option("--cpu <cores>", "cores it needs", number)
    .option("--priority <0-9>", "9 goes first (default: 5)", number)
    .option("--timeout <duration>", "ends it after this, like 10m", parsed(parseDurationMs, "10m"))
    .option("--once", "at most one execution ever starts, even when its device is lost")
    .addOption(new Option("--profile <profile>", "which scores place it").choices(["fog", "tiers"]))
    .option("--env <NAME=value>", "an environment variable; may be given again", pair)
    .option("--detach", "print the task and do not wait")
    .action((words: string[], options, command: Command) => taskRunCommand(here(command), words, options));
  task
    .command("list")
    .description("tasks, newest first")
    .addOption(new Option("--status <status>").choices(["queued", "assigned", "running", "succeeded", "failed", "cancelled", "unknown"]))
    .option("--limit <count>", "how many (default: 100)", number)
    .option("--quiet", "only the ids, one a line")
    .action((options, command: Command) => taskListCommand(here(command), options));
  for (const [name, description, run] of [
    ["show", "one task with its result", taskShowCommand],
    ["explain", "why it is where it is: scores, refusals, what happens if its device fails", taskExplainCommand],
    ["cancel", "end it", taskCancelCommand],
  ] as const) {
    task
      .command(`${name} <task>`)
      .description(description)
      .action((id: string, _, command: Command) => run(here(command), id));
  }
};

const addFleetCommands = (program: Command, here: (command: Command) => Context): void => {
  const fleet = program.command("fleet").description("the fleet file");
  fleet
    .command("show")
    .description("the resolved fleet, after ranges and defaults")
    .action(async (_, command: Command) => (await import("./commands/fleet.ts")).fleetShowCommand(here(command)));
  fleet
    .command("nodes")
    .description("the devices as the orchestrator's nodesFile takes them, for a hub that runs as several processes")
    .action(async (_, command: Command) => (await import("./commands/fleet.ts")).fleetNodesCommand(here(command)));
  fleet
    .command("traffic")
    .description("what each line carries in a day though nothing happens, and what its budget is")
    .action(async (_, command: Command) => (await import("./commands/fleet.ts")).fleetTrafficCommand(here(command)));
  fleet
    .command("add-device <id>")
    .description("add a device to the fleet file that holds its cluster or site, keeping its comments")
    .requiredOption("--hardware <profile>", "hardware profile, like pi-5-8")
    .option("--cluster <cluster>", "its cluster")
    .option("--site <site>", "its site, for a device without a cluster")
    .option("--address <address>")
    .option("--mac <mac>")
    .option("--serial <serial>")
    .option("--dry-run", "print the file instead of writing it")
    .action(async (id: string, options, command: Command) => (await import("./commands/fleet.ts")).fleetAddDeviceCommand(here(command), id, options));
  addFleetTableCommands(fleet, here);
};
