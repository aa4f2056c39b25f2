/** What a user's own `charts.ts` is written with; packed as `fogline/charts`. */
import type { AppDefinition as AnyApp, ClusterChart as AnyClusterChart } from "./charts.ts";

export type { Volume } from "@fogline/fleet";
export { ApiObject, Chart } from "cdk8s";
export type { AppContext, ClusterContext, SettingsSchema } from "./charts.ts";
export { type ContainerOptions, hardenedContainer, restrictedPod } from "./container.ts";
export { selectorLabels, standardLabels } from "./labels.ts";
export { type Health, startSecondsOn } from "./probes.ts";
export { addWorkload, type WorkloadOptions } from "./workload.ts";

/** How a workload becomes Kubernetes objects. */
export interface AppDefinition extends Omit<AnyApp, "source" | "environmentPrefix"> {
  /** Put before the names of settings: `cacheMax` with `DISPLAY_` is `DISPLAY_CACHE_MAX`. Default none. */
  readonly environmentPrefix?: string;
}

/** Objects that a cluster has whatever runs on it. */
export type ClusterChart = Omit<AnyClusterChart, "source">;

/** The default export of a `charts.ts`: charts beside those that Fogline brings. */
export interface OwnCharts {
  /** How a workload of the fleet file becomes objects, by the workload's name. */
  readonly apps?: Readonly<Record<string, AppDefinition>>;
  /** Objects that every cluster has, whatever runs on it. */
  readonly cluster?: readonly ClusterChart[];
}
