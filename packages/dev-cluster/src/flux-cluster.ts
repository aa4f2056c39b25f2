import type { KubernetesObject } from "@fogline/manifests";
import { atOnce } from "./at-once.ts";
import { broughtAlong } from "./brought-along.ts";
import { startChartRepositories } from "./chart-repositories.ts";
import type { ControlPlane } from "./control-plane.ts";
import { type Flux, type FluxOptions, startFlux, startFluxOperator } from "./flux.ts";
import { type HandOver, handOver } from "./hand-over.ts";
import type { Program } from "./program.ts";
import { type StandIns, startStandIns } from "./stand-ins.ts";

/** A control plane with nodes that Flux has. */
export interface FluxCluster {
  readonly flux: Flux;
  readonly standIns: StandIns;
  /** Programs beside those of the control plane. */
  readonly programs: () => readonly Program[];
  stop(): Promise<void>;
}

export interface FluxClusterOptions extends Pick<FluxOptions, "storageBytes"> {
  readonly nodes: readonly KubernetesObject[];
  readonly handOver: HandOver;
  /** Told what is begun next. */
  readonly progress?: (doing: string) => void;
}

/** Hosts of chart repositories, which cannot be reached where nothing may be downloaded. */
const chartHosts = ["charts.jetstack.io", "helm.elastic.co", "prometheus-community.github.io"];

/** Resources that the device plugins of a tree offer: what its pods ask for under that name. */
export const deviceResources = (tree: unknown): string[] => [
  ...new Set([...JSON.stringify(tree).matchAll(/"(devices\.fogline\.dev\/[a-z0-9.-]+)":/g)].map(([, name = ""]) => name)),
];

/** Gives a control plane its nodes, hands it over as day 0 does and starts Flux. What was started is stopped again where something fails. */
export const startFluxCluster = async (plane: ControlPlane, options: FluxClusterOptions): Promise<FluxCluster> => {
  const ends: (() => unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  const { nodes, handOver: known, progress = () => undefined, ...ofFlux } = options;
  try {
    progress("its nodes");
    for (const object of broughtAlong) await plane.api.apply(object);
    await atOnce(nodes, (node) => plane.api.create(node));
    const standIns = startStandIns(plane.api);
    ends.push(() => standIns.stop());
    progress("what day 0 lays down");
    await handOver(plane, known);
    progress("the Flux Operator");
    const operator = await startFluxOperator(plane);
    ends.push(() => operator.stop("SIGKILL"));
    const charts = await startChartRepositories(plane.folder, chartHosts);
    ends.push(() => charts.stop());
    progress("Flux");
    const flux = await startFlux(plane, { ...ofFlux, environment: charts.environment });
    ends.push(() => flux.stop());
    return { flux, standIns, programs: () => [operator, ...flux.programs()], stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
};
