import { resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { FoglineError } from "@fogline/findings";
import { Worktree } from "@fogline/worktree";
import type { Context } from "../context.ts";
import { type ExposureOptions, exposureOf } from "../exposure.ts";
import { describeStep, machineAt, perform, type Target } from "../hub-service/perform.ts";
import { hindrances, obstacles, planInstall, planUninstall, type Step } from "../hub-service/plan.ts";
import { type HubService, pathsOf, type RepositorySource, repositorySourceOf } from "../hub-service/service.ts";
import type { Output } from "../output.ts";
import { loadFleet } from "../render.ts";
import { version } from "../version.ts";

interface PlaceOptions {
  readonly home?: string;
  readonly user?: string;
  readonly root?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export interface InstallOptions extends PlaceOptions, ExposureOptions {
  readonly compose?: boolean;
  readonly port?: number;
  readonly agentPort?: number;
  readonly orchestratorPort?: number;
  readonly memoryMax?: number;
  readonly image?: string;
}

const home = "/var/lib/fogline";
const user = "fogline";
const memoryMaxBytes = 1_024 ** 3;

/** `fogline hub install <repository>`. */
export const hubInstallCommand = async (context: Context, named: string, options: InstallOptions): Promise<void> => {
  // Whatever `fogline up` would refuse at its start is refused now.
  exposureOf(options);
  const service = await serviceOf(
    options,
    repositorySourceOf(named, (path) => resolve(context.workingFolder, path)),
  );
  const target: Target = { root: options.root === undefined ? "" : resolve(context.workingFolder, options.root) };
  const machine = machineAt(target);
  // The repository and the certificates are this machine's, also where a folder stands for another.
  const wrong = [...obstacles(service, machineAt({ root: "" })), ...(options.dryRun || options.root ? [] : hindrances(service, machine))];
  if (wrong.length > 0) throw new FoglineError("FL4064", "the hub cannot be installed", { findings: wrong });
  await carryOut(context.output, planInstall(service, machine), options, target);
  if (!options.dryRun) for (const line of nextSteps(service, target)) context.output.line(line);
};

/** `fogline hub uninstall`. */
export const hubUninstallCommand = async (
  { output, workingFolder }: Context,
  options: PlaceOptions & { readonly purge?: boolean },
): Promise<void> => {
  const target: Target = { root: options.root === undefined ? "" : resolve(workingFolder, options.root) };
  const machine = machineAt(target);
  const place = { user: options.user ?? user, home: options.home ?? home };
  if (!machine.isRoot && !options.dryRun && !options.root)
    throw new FoglineError("FL4064", "uninstalling needs root", { remedy: "run it with sudo" });
  const steps = planUninstall(place, options.purge ?? false, machine);
  if (steps.length === 0) {
    output.value({ steps: [] });
    return output.line("no hub is installed here");
  }
  await carryOut(output, steps, options, target);
  if (options.purge !== true && !options.dryRun) output.line(`data and settings stay in ${place.home} and /etc/fogline; \`--purge\` removes them`);
};

const serviceOf = async (options: InstallOptions, repository: RepositorySource): Promise<HubService> => {
  const method = options.compose ? "compose" : "systemd";
  const hasTls = options.acme !== undefined || options.tlsCertificate !== undefined;
  const isBehindProxy = options.behindProxy !== undefined;
  const everywhere = "0.0.0.0";
  // With a certificate people come from anywhere; behind a proxy of this machine only devices do.
  const reach = hasTls ? { bind: everywhere } : isBehindProxy ? { agentBind: everywhere } : {};
  return {
    method,
    repository,
    user: options.user ?? user,
    home: options.home ?? home,
    exposure: { ...reach, ...exposureOnly(options) },
    port: options.port ?? (hasTls ? 443 : 3_000),
    agentPort: options.agentPort ?? 8_091,
    orchestratorPort: options.orchestratorPort ?? 8_080,
    memoryMaxBytes: options.memoryMax ?? memoryMaxBytes,
    program: [process.execPath, resolve(process.argv[1] ?? "")],
    image: options.image ?? (method === "compose" ? await imageOf(repository) : ""),
  };
};

/** The options that say how the hub is reached, without those beside them and without what is not given. */
const exposureOnly = (options: InstallOptions): ExposureOptions => {
  const { publicUrl, bind, agentBind, behindProxy, tlsCertificate, tlsKey, tlsMin, acme, acmeEmail, acmeCa, httpPort } = options;
  const all = { publicUrl, bind, agentBind, behindProxy, tlsCertificate, tlsKey, tlsMin, acme, acmeEmail, acmeCa, httpPort };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
};

/** The image that a release of this version has in the fleet's own registry. */
const imageOf = async (repository: RepositorySource): Promise<string> => {
  const remedy = "name it with --image";
  if (repository.kind === "url") throw new FoglineError("FL4064", "the image of the hub is not known before its fleet is cloned", { remedy });
  const { fleet, findings } = await loadFleet(await Worktree.open(repository.path));
  if (fleet === undefined)
    throw new FoglineError("FL4064", "the image of the hub follows from the fleet's domain, and the fleet has errors", { remedy, findings });
  return `registry.${fleet.domain}/fogline/hub:${version}`;
};

/** Shows the plan; then, unless that is all that is wanted, asks and performs it. */
const carryOut = async (output: Output, steps: readonly Step[], { dryRun = false, yes = false }: PlaceOptions, target: Target): Promise<void> => {
  for (const step of steps) output.line(`  ${describeStep(step)}`);
  if (dryRun) {
    output.value({ steps });
    for (const step of steps) if (step.kind === "writeFile") output.line(`\n${output.colours.bold(step.path)}\n${step.text.trimEnd()}`);
    return;
  }
  if (!yes && !(await confirmed(output))) throw new FoglineError("FL4064", "nothing was done", { remedy: "answer yes, or give --yes" });
  for (const step of steps) perform(step, target);
  output.value({ steps });
};

const confirmed = async (output: Output): Promise<boolean> => {
  if (output.json || process.stdin.isTTY !== true) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question("do this? [y/N] ")).trim());
  } finally {
    terminal.close();
  }
};

const nextSteps = (service: HubService, { root }: Target): string[] => {
  const { method, exposure, port, agentPort } = service;
  const { compose, data } = pathsOf(service);
  if (root !== "") return [`written below ${root}; nothing was started`];
  const isReached = exposure.bind !== undefined || exposure.behindProxy !== undefined;
  const logs = method === "compose" ? `docker compose --file ${compose} logs --follow` : "journalctl --unit fogline --follow";
  return [
    "installed. next:",
    `  ${logs}    the link that signs in for the first time is there`,
    ...(isReached ? [] : ["  it serves this machine only: give --public-url with --acme, --tls-certificate or --behind-proxy to serve others"]),
    ...(method === "systemd" && exposure.tlsKey !== undefined
      ? [`  setfacl --modify u:${service.user}:r ${exposure.tlsKey}    if the service may not read the key`]
      : []),
    `  open port ${port} for people and ${agentPort} for devices in the firewall`,
    `  fogline hub backup --with-keys --data ${data}    every day, to another machine`,
  ];
};
