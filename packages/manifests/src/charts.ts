import type { Place } from "@fogline/findings";
import type { Cluster, DeclaredNode, Device, Fleet, Site, WorkloadTarget } from "@fogline/fleet";
import type { Chart } from "cdk8s";

/** What a workload's settings must fit; a zod object is one. */
export interface SettingsSchema {
  readonly shape: Readonly<Record<string, unknown>>;
  safeParse(value: unknown): {
    readonly success: boolean;
    readonly error?: { readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] } | undefined;
  };
}

/** What every chart of a cluster is told. It is all of the fleet that a cluster's tree depends on, so that a change elsewhere leaves it as it is. */
export interface ClusterContext {
  readonly fleet: Pick<Fleet, "name" | "domain" | "registry" | "registries" | "repository">;
  readonly cluster: Cluster;
  readonly site: Site;
  /** Its nodes, in the order of the fleet file. */
  readonly devices: readonly Device[];
  /** The namespace of all workloads. */
  readonly namespace: string;
  /** The namespace of what needs the host of its node: agents, device plugins. */
  readonly nodeNamespace: string;
  /** The workloads that run here. */
  readonly workloads: readonly Placed[];
  /** Every device of the fleet, where the registry of them runs: its tree depends on all. Absent elsewhere. */
  readonly nodes?: readonly DeclaredNode[];
}

/** A workload, or one part of it, in a cluster. */
export interface Placed {
  /** `<workload>`, or `<workload>-<part>`: the name of its objects. */
  readonly name: string;
  readonly workload: string;
  readonly target: WorkloadTarget;
  /** Its entry in the fleet file. */
  readonly place: Place;
  /** Names of the objects that it talks to, and of those that talk to it. */
  readonly uses: readonly string[];
  readonly usedBy: readonly string[];
}

/** What a chart is told about the one place it renders for. */
export interface AppContext extends ClusterContext, Placed {
  readonly version: string;
  /** With its digest where `clusters/images.lock.yaml` has one. */
  readonly image: string;
  /** Settings and `env` of the fleet file as environment variables. */
  readonly environment: Readonly<Record<string, string>>;
}

/** How a workload becomes Kubernetes objects. */
export interface AppDefinition {
  /** The file and function that a reader looks for, such as `apps/gateway/chart.ts gateway`. */
  readonly source: string;
  /** Put before the names of settings: `heartbeatMs` with `FOGLINE_AGENT_` is `FOGLINE_AGENT_HEARTBEAT_MS`. */
  readonly environmentPrefix: string;
  /** Absent where the workload is an image that nobody here knows the settings of. */
  readonly settings?: SettingsSchema;
  /** Workloads that it talks to wherever they run beside it, whatever the fleet file says. */
  readonly uses?: readonly string[];
  readonly build: (chart: Chart, context: AppContext) => void;
}

/** Objects that a cluster has whatever runs on it. */
export interface ClusterChart {
  readonly name: string;
  /** As {@link AppDefinition.source}. */
  readonly source: string;
  /** `controllers` come before `configs`, which need their CRDs. Nothing waits for `addons`: no app is held up by what only looks on. */
  readonly layer: "controllers" | "configs" | "addons";
  /** Absent means everywhere. */
  readonly appliesTo?: (context: ClusterContext) => boolean;
  readonly build: (chart: Chart, context: ClusterContext) => void;
}

/** Everything that render can draw on, handed in by the caller. */
export interface Charts {
  readonly apps: Readonly<Record<string, AppDefinition>>;
  /** For workloads that are only an image. */
  readonly container: AppDefinition;
  readonly cluster: readonly ClusterChart[];
}
