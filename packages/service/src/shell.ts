import type { Bus, Clock, Random } from "@fogline/ports";
import type { AnyDatabase, Client, Handler, ServiceEvent } from "@fogline/rpc";
import type { SpanProcessor } from "@opentelemetry/sdk-trace";
import type { Registry } from "prom-client";
import type { HealthCheck } from "./health.ts";
import type { Log } from "./log.ts";

/** What every hub workload is given of the outside. */
export interface HubPorts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly random: Random;
  /** Takes the lines of the workload; JSON lines to standard output unless given. */
  readonly log?: Log;
  /** Takes the spans of the workload, besides the collector that `otlpUrl` names. */
  readonly spans?: SpanProcessor;
}

/** The settings of `shellSettings`, parsed. */
export interface ShellSettings {
  readonly version: string;
  readonly instance?: string | undefined;
  readonly opsPort?: number | undefined;
  readonly opsHost: string;
  readonly logLevel: "debug" | "info" | "warn" | "error" | "silent";
  readonly stopDeadlineMs: number;
  readonly weight?: number | undefined;
  readonly region?: string | undefined;
  readonly site?: string | undefined;
  readonly otlpUrl?: string | undefined;
  readonly natsUrl?: string | undefined;
  readonly natsCredentialsFile?: string | undefined;
  readonly natsCaFile?: string | undefined;
  readonly natsCertificateFile?: string | undefined;
  readonly natsKeyFile?: string | undefined;
}

/** A workload that runs. */
export interface Running {
  readonly name: string;
  readonly instance: string;
  readonly version: string;
  /** Where /healthz, /readyz and /metrics are, when the settings ask for them. */
  readonly opsPort?: number;
  /** Stops in reverse order of the start, within the deadline of the settings. Asking again waits for the same stop. */
  stop(reason?: string): Promise<void>;
  /** Resolves when the workload has stopped, whoever asked for it. */
  readonly stopped: Promise<void>;
}

/** What a workload is built from. */
export interface Shell {
  readonly name: string;
  readonly instance: string;
  readonly version: string;
  readonly log: Log;
  readonly metrics: Registry;
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  /** Answers operations and streams, without an address also under that of this instance. Stops taking new ones when the shell stops. */
  serve(handlers: readonly Handler[], options?: { database?: AnyDatabase; address?: string }): Promise<void>;
  /** Adds a part to stop: last added, first stopped. `what` names it in the log. */
  onStop(what: string, run: () => Promise<void> | void): void;
  /** Adds a fact to the registration, such as `webSocket`. */
  announce(name: string, value: string): void;
  health(check: HealthCheck): void;
  /** Takes the events that the orchestrator routes to this instance. */
  onEvent(handler: (event: ServiceEvent) => Promise<void>): void;
  /** Registers with the orchestrator and says that the workload is ready. */
  ready(): Promise<Running>;
  /** Closes what was opened so far: for a start that fails half way, and otherwise the same as `Running.stop`. */
  stop(reason?: string): Promise<void>;
}
