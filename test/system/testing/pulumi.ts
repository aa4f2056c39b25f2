import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { copyFleet, type FleetCopy } from "@fogline/stacks/testing/repository";
import { root } from "../../../scripts/root.ts";
import { findPulumi } from "../../../scripts/tools.ts";

/** What a run of `pulumi` said and how it ended. */
export interface Run {
  readonly status: number | null;
  /** Standard output and error together, in the order in which they came. */
  readonly said: string;
}

/** A repository whose stacks the real `pulumi` runs, with its state in a folder. */
export interface PulumiProject {
  readonly fleet: FleetCopy;
  /** Runs a command to its end. `input` is what somebody types. */
  run(args: readonly string[], input?: string): Promise<Run>;
  /** Starts a command that somebody cuts off. */
  start(args: readonly string[]): ChildProcess;
  /** Another backend without any state, as after the loss of the first. */
  loseState(): Promise<void>;
  remove(): void;
}

/** Makes one; what `manifest` says is the operator's. Everything of Pulumi is below a folder of its own. */
export const makePulumiProject = async (manifest: string): Promise<PulumiProject> => {
  const fleet = copyFleet();
  const home = mkdtempSync(join(tmpdir(), "fogline-pulumi-"));
  cpSync(join(root, "Pulumi.yaml"), join(fleet.folder, "Pulumi.yaml"));
  fleet.write("bootstrap/install.yaml", manifest);
  mkdirSync(join(fleet.folder, "infrastructure"));
  for (const name of ["stacks", "policies"]) symlinkSync(join(root, "infrastructure", name), join(fleet.folder, "infrastructure", name));
  const { HOME = home, PATH = "" } = process.env;
  const env = {
    ...{ HOME, PULUMI_HOME: join(home, "home"), PULUMI_CONFIG_PASSPHRASE: "a passphrase of a test", NO_COLOR: "1" },
    PATH: [...(findPulumi() ?? []), dirname(process.execPath), PATH].join(delimiter),
    ...{ PULUMI_SKIP_UPDATE_CHECK: "true", PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true", PULUMI_OPTION_NON_INTERACTIVE: "true" },
    // A host of languages from before these were arguments of its own takes them from the environment.
    ...{ PULUMI_NODEJS_ROOT_DIRECTORY: fleet.folder, PULUMI_NODEJS_ORGANIZATION: "organization" },
  };
  const start = (args: readonly string[]): ChildProcess => spawn("pulumi", [...args, "--non-interactive"], { cwd: fleet.folder, env, stdio: "pipe" });
  const run = (args: readonly string[], input = ""): Promise<Run> =>
    new Promise((resolve, reject) => {
      const child = start(args);
      let said = "";
      for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")));
      child.once("error", reject);
      child.once("close", (status) => resolve({ status, said }));
      child.stdin?.end(input);
    });
  const login = async (name: string): Promise<void> => {
    mkdirSync(join(home, name), { recursive: true });
    const { status, said } = await run(["login", `file://${join(home, name)}`]);
    if (status !== 0) throw new Error(said);
  };
  await login("state");
  let losses = 0;
  return {
    ...{ fleet, run, start },
    loseState: async () => {
      losses += 1;
      await login(`state-${losses}`);
    },
    remove: () => {
      fleet.remove();
      rmSync(home, { recursive: true, force: true });
    },
  };
};
