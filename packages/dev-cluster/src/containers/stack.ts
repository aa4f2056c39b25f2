import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { execPath } from "node:process";
import { FoglineError } from "@fogline/findings";
import { dump, load } from "js-yaml";
import { operatorManifest } from "../hand-over.ts";
import { type DevState, stateFolders } from "../state.ts";
import { findTool, toolsFolder } from "../tools.ts";
import { lastWords, runCommand } from "./commands.ts";

/** A fleet file that Pulumi and a dev cluster read alike: its site is always connected, and its API server has any certificate. */
export const fleetForStack = (text: string, cluster: string, site: string): string => {
  const fleet = load(text) as Record<string, Record<string, Record<string, unknown>> | undefined>;
  const [declared, place] = [fleet.clusters?.[cluster], fleet.sites?.[site]];
  if (place !== undefined) place.connectivity = "always";
  if (declared?.kubernetes !== undefined) declared.kubernetes = { ...(declared.kubernetes as object), fingerprint: undefined };
  return dump(fleet, { lineWidth: -1, skipInvalid: true });
};

/** Where the programs of stacks are: a clone of Fogline has them. */
const stacksFolder = join(import.meta.dirname, "../../../../infrastructure/stacks");

const projectFile = dump({
  name: "fogline",
  main: "infrastructure/stacks/",
  runtime: { name: "nodejs", options: { typescript: false, packagemanager: "npm" } },
});

/** A key that opens nothing, for a cluster that has none on this machine. */
const noKey = "# this cluster has no private key on this machine\n";

export interface StackOptions {
  readonly site: string;
  /** Told what Pulumi says. */
  readonly line: (text: string) => void;
}

/**
 * Hands a cluster over to Flux by its own stack, with `pulumi up`, out of a project of its own below the folder: the served commit, a state in files, a
 * passphrase that only this folder has. Running it again changes nothing that is there. Rejects with FL4187.
 */
export const handOverByStack = async (folder: string, state: DevState, { site, line }: StackOptions): Promise<void> => {
  const { request, source, kubeconfig = "", context = "" } = state;
  if (source === undefined) throw new FoglineError("FL4183", "the process of the dev cluster serves no repository");
  if (!existsSync(stacksFolder)) throw new FoglineError("FL4187", `${stacksFolder} is not there: stacks come with a clone of Fogline`);
  const project = makeProject(folder, request.cluster, site);
  const key = join(project, `.fogline/keys/${request.cluster}.agekey`);
  mkdirSync(dirname(key), { recursive: true, mode: 0o700 });
  if (request.ageKeyFile === undefined) writeFileSync(key, noKey);
  else copyFileSync(request.ageKeyFile, key);
  chmodSync(key, 0o600);
  const environment = environmentOf(folder);
  const pulumi = async (args: readonly string[], input = ""): Promise<void> => {
    const ran = await runCommand("pulumi", [...args, "--non-interactive"], {
      input,
      folder: project,
      environment,
      line: args[0] === "up" ? line : () => undefined,
    }).catch((thrown: Error) => {
      throw new FoglineError("FL4187", thrown.message, { cause: thrown });
    });
    if (ran.status !== 0) throw new FoglineError("FL4187", `pulumi ${args.slice(0, 2).join(" ")} failed: ${lastWords(ran)}`);
  };
  const set = (path: string, value: string): Promise<void> => pulumi(["config", "set", "--path", path, value]);
  await pulumi(["stack", "select", "--create", request.cluster]);
  await set("kubeconfig.file", kubeconfig);
  await set("kubeconfig.context", context);
  await set("sourceUsername", source.username);
  await pulumi(["config", "set", "--secret", "sourcePassword"], source.password);
  // Where the operator's manifest can be built it need not be downloaded.
  if (["kustomize", "flux-operator-config"].every((tool) => findTool(tool) !== undefined)) {
    writeFileSync(join(project, "install.yaml"), operatorManifest());
    await set("operator.manifest", "install.yaml");
  }
  await pulumi(["up", "--yes", "--skip-preview"]);
};

/** A repository with the trees of the served commit, and a fleet file that fits. */
const makeProject = (folder: string, cluster: string, site: string): string => {
  const project = join(folder, "stack");
  mkdirSync(project, { recursive: true, mode: 0o700 });
  const git = (...args: string[]): string => execFileSync("git", ["-C", project, ...args], { encoding: "utf8", maxBuffer: 64 * 1024 ** 2 });
  git("init", "-q");
  git("fetch", "-q", "--depth=1", `file://${stateFolders(folder).served}`, "dev");
  git("checkout", "-qf", "FETCH_HEAD", "--", "clusters");
  const fleetFiles = git("ls-files", "clusters/fleet.yaml", "clusters/fleet.d")
    .split("\n")
    .filter((path) => path.endsWith(".yaml"));
  for (const path of fleetFiles) writeFileSync(join(project, path), fleetForStack(git("show", `:${path}`), cluster, site));
  writeFileSync(join(project, "Pulumi.yaml"), projectFile);
  mkdirSync(join(project, "infrastructure"), { recursive: true });
  const link = join(project, "infrastructure/stacks");
  if (!existsSync(link)) symlinkSync(stacksFolder, link);
  return project;
};

/** Pulumi's own home stays the user's: the provider that it downloads is kept there. Everything else is below the folder. */
const environmentOf = (folder: string): Record<string, string> => {
  const [backend, passphrase, project] = [join(folder, "pulumi-state"), join(folder, "pulumi-passphrase"), join(folder, "stack")];
  mkdirSync(backend, { recursive: true, mode: 0o700 });
  if (!existsSync(passphrase)) writeFileSync(passphrase, randomBytes(24).toString("base64url"), { mode: 0o600 });
  return {
    ...{ PULUMI_BACKEND_URL: `file://${backend}`, PULUMI_CONFIG_PASSPHRASE_FILE: passphrase, PULUMI_SKIP_UPDATE_CHECK: "true" },
    // A host of languages from before these were arguments of its own takes them from the environment.
    ...{ PULUMI_NODEJS_ROOT_DIRECTORY: project, PULUMI_NODEJS_ORGANIZATION: "organization" },
    PATH: [toolsFolder, dirname(execPath), process.env.PATH ?? ""].join(delimiter),
  };
};
