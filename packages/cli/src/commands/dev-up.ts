import { existsSync } from "node:fs";
import { execPath, platform } from "node:process";
import {
  backgroundStarted,
  type Chosen,
  choose,
  claim,
  clusterDefault,
  committedFleet,
  type DevRequest,
  type DevState,
  devFolderIn,
  endDev,
  handOverByStack,
  isServed,
  logIn,
  makeContainers,
  missingTools,
  nodesOfDefault,
  prepareContainers,
  readState,
  startBackground,
  toolsFolder,
} from "@fogline/dev-cluster";
import { FoglineError } from "@fogline/findings";
import { Worktree } from "@fogline/worktree";
import { chosenClusters } from "../check.ts";
import type { Context } from "../context.ts";
import { describeNodes, devValue, nextSteps } from "../dev-text.ts";
import { settled } from "../dev-wait.ts";
import { keyFileOf } from "../private-keys.ts";

export interface DevUpOptions {
  readonly embedded?: boolean;
  readonly k3d?: boolean;
  readonly nodesOf?: readonly string[];
  readonly wait: boolean;
}

/** `fogline dev up [cluster]`: starts a cluster of this machine, or finds the one that was asked for running, and waits until Flux has the commit. */
export const devUpCommand = async (context: Context, name: string | undefined, options: DevUpOptions): Promise<void> => {
  const { output, dataFolder, clock } = context;
  const folder = devFolderIn(dataFolder);
  const request = await requested(context, name, options);
  // Everything that can be wrong with the request is said before anything is made.
  const chosen = await choose(request);
  const before = readState(folder);
  if (before !== undefined && isServed(before)) refuseOther(before, request);
  else {
    if (before !== undefined) {
      await endDev(folder, before);
      output.line("  removed what was left of a dev cluster before");
    }
    await start(context, folder, request, chosen);
  }
  const begun = (doing: string): void => output.line(`  ${doing}`);
  const state = await backgroundStarted(folder, begun);
  // Done again it changes nothing, and the one before may have been cut off.
  if (request.kind !== "embedded") await handOverByStack(folder, state, { site: chosen.cluster.site, line: begun });
  output.line(`  ${describeNodes(state.nodes)}`);
  const flux = options.wait ? await settled(folder, state, { clock, ready: (one) => output.line(`  Flux has applied ${one}`) }) : undefined;
  output.value(devValue(state, flux));
  output.line(flux === undefined ? `${request.cluster} is starting` : `${request.cluster} runs ${flux.appliedCommit?.slice(0, 12)}`);
  for (const line of nextSteps(state)) output.line(`  ${line}`);
};

const requested = async (context: Context, name: string | undefined, { embedded, k3d, nodesOf }: DevUpOptions): Promise<DevRequest> => {
  const worktree = await Worktree.open(context.repository);
  const fleet = await committedFleet(worktree);
  const cluster = name === undefined ? clusterDefault(fleet) : chosenClusters(fleet, [name])[0];
  if (cluster === undefined) throw new FoglineError("FL4180", "the committed fleet has no cluster");
  const machines = nodesOf === undefined ? nodesOfDefault(fleet, cluster) : chosenClusters(fleet, nodesOf).map((one) => one.name);
  const key = keyFileOf(context, cluster.name);
  return {
    kind: embedded ? "embedded" : k3d ? "k3d" : "kind",
    repository: worktree.root,
    cluster: cluster.name,
    nodesOf: machines,
    ...(existsSync(key) ? { ageKeyFile: key } : {}),
  };
};

const refuseUnbuilt = (): void => {
  if (platform !== "linux")
    throw new FoglineError("FL4181", `the embedded dev cluster runs on Linux, and this is ${platform}`, {
      remedy: "Run `fogline dev up` with a container engine.",
    });
  const missing = missingTools();
  if (missing.length > 0) throw new FoglineError("FL4181", `not built in ${toolsFolder}: ${missing.join(", ")}`);
};

const same = (one: DevRequest, other: DevRequest): boolean =>
  one.kind === other.kind && one.repository === other.repository && one.cluster === other.cluster && String(one.nodesOf) === String(other.nodesOf);

const shown = ({ kind, cluster, nodesOf }: DevRequest): string => `${cluster} (${kind}) on the nodes of ${nodesOf.join(", ")}`;

const refuseOther = ({ request: running }: DevState, request: DevRequest): void => {
  if (!same(running, request)) throw new FoglineError("FL4182", `${shown(running)} runs, and ${shown(request)} was asked for`);
};

const start = async ({ repository, dataFolder, output }: Context, folder: string, request: DevRequest, chosen: Chosen): Promise<void> => {
  const begun = (doing: string): void => output.line(`  ${doing}`);
  if (request.kind === "embedded") refuseUnbuilt();
  const plan = request.kind === "embedded" ? undefined : await prepareContainers(folder, request.kind, chosen);
  if (!claim(folder, request)) throw new FoglineError("FL4182", `another \`fogline dev up\` began in ${folder} just now`);
  begun(`starting ${shown(request)}; its log is ${logIn(folder)}`);
  if (plan !== undefined) await makeContainers(folder, plan, begun);
  startBackground(folder, [execPath, process.argv[1] ?? "", "--repo", repository, "--data", dataFolder, "dev", "serve"]);
};
