import type { Cluster, Fleet, Workload, WorkloadTarget } from "@fogline/fleet";
import type { Chart } from "cdk8s";

/** What a workload's settings must fit; a zod object is one. */
export interface SettingsSchema {
  readonly shape: Readonly<Record<string, unknown>>;
  safeParse(value: unknown): {
    readonly success: boolean;
    readonly error?: { readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] } | undefined;
  };
}

/** What a chart is told about the one place it renders for. */
export interface AppContext {
  readonly fleet: Fleet;
  readonly cluster: Cluster;
  readonly workload: Workload;
  readonly target: WorkloadTarget;
  readonly namespace: string;
  readonly version: string;
  readonly image: string;
  /** Settings and `env` of the fleet file as environment variables. */
  readonly environment: Readonly<Record<string, string>>;
}

/** How a workload becomes Kubernetes objects. */
export interface AppDefinition {
  /** Put before the names of settings: `heartbeatMs` with `FOGLINE_AGENT_` is `FOGLINE_AGENT_HEARTBEAT_MS`. */
  readonly environmentPrefix: string;
  /** Absent where the workload is an image that nobody here knows the settings of. */
  readonly settings?: SettingsSchema;
  readonly build: (chart: Chart, context: AppContext) => void;
}

/** Objects that a cluster has whatever runs on it. */
export interface ClusterChart {
  readonly name: string;
  /** `controllers` come before `configs`, which need their CRDs. */
  readonly layer: "controllers" | "configs";
  readonly build: (chart: Chart, context: { readonly fleet: Fleet; readonly cluster: Cluster; readonly namespace: string }) => void;
}

/** Everything that render can draw on, handed in by the caller. */
export interface Charts {
  readonly apps: Readonly<Record<string, AppDefinition>>;
  /** For workloads that are only an image. */
  readonly container: AppDefinition;
  readonly cluster: readonly ClusterChart[];
}
