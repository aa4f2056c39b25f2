import { type DevNode, type DevProgram, devFolderIn, isServed, logIn, readState } from "@fogline/dev-cluster";
import type { KustomizationStatus } from "@fogline/gitops";
import { runs } from "@fogline/system";
import type { Context } from "../context.ts";
import { devFlux, isSettled } from "../dev-flux.ts";
import { devValue, nodeSize } from "../dev-text.ts";
import { Exit, exitCodes } from "../exit.ts";
import type { Column } from "../output.ts";

const nodeColumns: Column<DevNode>[] = [
  { title: "NODE", text: ({ name }) => name },
  { title: "HARDWARE", text: ({ hardware }) => hardware },
  { title: "ARCHITECTURE", text: ({ architecture }) => architecture },
  { title: "FOR PODS", text: nodeSize },
];

const kustomizationColumns: Column<KustomizationStatus>[] = [
  { title: "KUSTOMIZATION", text: ({ name }) => name },
  { title: "STATE", text: ({ state }) => state },
  { title: "SAYS", text: ({ state, message }) => (state === "ready" ? "" : message) },
];

const short = (commit: string | null): string => commit?.slice(0, 12) ?? "nothing";

/** `fogline dev status`: what runs and how far Flux is. Ends with 1 when something of it has ended, or not all of it runs the commit. */
export const devStatusCommand = async ({ output, dataFolder }: Context): Promise<void> => {
  const folder = devFolderIn(dataFolder);
  const state = readState(folder);
  if (state === undefined) {
    output.value({ dev: null, flux: null });
    output.line("there is no dev cluster; `fogline dev up` makes one");
    return;
  }
  const ended = [...(isServed(state) ? [] : ["its process"]), ...state.programs.filter((one: DevProgram) => !runs(one)).map(({ name }) => name)];
  const flux = state.kubeconfig === undefined ? undefined : await devFlux(folder, state).catch(() => undefined);
  output.value({ ...devValue(state, flux), ended });
  const { cluster, kind } = state.request;
  output.line(
    `${cluster}  ${kind}  ${phrase(state.phase, ended.length > 0)}, ${flux === undefined ? "its API server does not answer" : flux.reason}`,
  );
  if (flux !== undefined) output.line(`  commit ${short(flux.wantedCommit)} wanted, ${short(flux.appliedCommit)} runs everywhere`);
  if (ended.length > 0) output.line(`  ended: ${ended.join(", ")}; ${logIn(folder)} has more, \`fogline dev down\` clears away`);
  output.table(state.nodes, nodeColumns);
  if (flux !== undefined) output.table(flux.kustomizations, kustomizationColumns);
  if (ended.length > 0 || flux === undefined || !isSettled(flux)) throw new Exit(exitCodes.findings);
};

const phrase = (phase: string, broken: boolean): string => (broken && phase !== "failed" ? "broken" : phase);
