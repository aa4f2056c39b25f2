/** What a user's own `charts.ts` is written with; packed as `fogline/charts`. */
import type { AppDefinition, ClusterChart } from "./charts.ts";

export { ApiObject, Chart } from "cdk8s";
export type { AppContext, AppDefinition, ClusterChart, SettingsSchema } from "./charts.ts";
export { type ContainerOptions, hardenedContainer, restrictedPod } from "./container.ts";
export { selectorLabels, standardLabels } from "./labels.ts";
export { addWorkload, type WorkloadOptions } from "./workload.ts";

/** The default export of a `charts.ts`: charts beside those that Fogline brings. */
export interface OwnCharts {
  /** How a workload of the fleet file becomes objects, by the workload's name. */
  readonly apps?: Readonly<Record<string, AppDefinition>>;
  /** Objects that every cluster has, whatever runs on it. */
  readonly cluster?: readonly ClusterChart[];
}
