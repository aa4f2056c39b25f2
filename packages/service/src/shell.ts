import type { Bus, Clock, Random } from "@fogline/ports";
import { type AnyDatabase, type Client, createClient, type Handler, type ServiceEvent, serve } from "@fogline/rpc";
import type { SpanProcessor } from "@opentelemetry/sdk-trace";
import type { Registry } from "prom-client";
import { type HealthCheck, worstOf } from "./health.ts";
import { instanceHandlers } from "./instance-handlers.ts";
import { createLog, type Log } from "./log.ts";
import { openMetrics } from "./metrics.ts";
import { observeWith } from "./observe.ts";
import { startOpsServer } from "./ops-server.ts";
import { keepRegistered } from "./registration.ts";
import { currentScope } from "./scope.ts";
import { stopList } from "./stop-list.ts";
import { openTracing } from "./tracing.ts";

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
  readonly otlpUrl?: string | undefined;
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
  /** Answers operations and streams. Stops taking new ones when the shell stops. */
  serve(handlers: readonly Handler[], options?: { database?: AnyDatabase; address?: string }): Promise<void>;
  /** Adds a part to stop: last added, first stopped. `what` names it in the log. */
  onStop(what: string, run: () => Promise<void> | void): void;
  health(check: HealthCheck): void;
  /** Takes the events that the orchestrator routes to this instance. */
  onEvent(handler: (event: ServiceEvent) => Promise<void>): void;
  /** Registers with the orchestrator and says that the workload is ready. */
  ready(): Promise<Running>;
  /** Closes what was opened so far: for a start that fails half way, and otherwise the same as `Running.stop`. */
  stop(reason?: string): Promise<void>;
}

const instanceSuffixBytes = 4;

const instanceOf = (name: string, random: Random): string => `${name}-${Buffer.from(random.bytes(instanceSuffixBytes)).toString("hex")}`;

/** Opens the shell of the workload `name`. What it opened is closed again by `Running.stop`. Throws FL4016 when the ops port is taken. */
export const openShell = async (name: string, settings: ShellSettings, ports: HubPorts): Promise<Shell> => {
  const { bus, clock, random } = ports;
  const { version, otlpUrl, opsPort, opsHost, stopDeadlineMs } = settings;
  const instance = settings.instance ?? instanceOf(name, random);
  const fields = { service: name, instance };
  const log = ports.log?.child(fields, { level: settings.logLevel }) ?? createLog({ level: settings.logLevel, fields });
  const metrics = openMetrics(name, instance);
  const tracing = openTracing({ name, instance, version }, { otlpUrl, spans: ports.spans });
  const observe = observeWith(clock, metrics, tracing);
  const client = createClient(bus, { clock, random, source: name, log, observe, correlation: () => currentScope()?.correlationId });

  const startedAtMs = clock.now();
  const checks: HealthCheck[] = [];
  const eventHandlers: ((event: ServiceEvent) => Promise<void>)[] = [];
  const stops = stopList(clock, log);
  const stopped = Promise.withResolvers<void>();
  let ready = false;
  let stopping: Promise<void> | undefined;

  stops.add("metrics", () => metrics.stop());
  if (tracing !== undefined) stops.add("spans", () => tracing.stop());
  const health = () => worstOf(checks);
  const ops =
    opsPort === undefined
      ? undefined
      : await startOpsServer({ host: opsHost, port: opsPort, registry: metrics.registry, health, isReady: () => ready });
  if (ops !== undefined) stops.add("ops server", () => ops.stop());

  const serveHere: Shell["serve"] = async (handlers, options = {}) => {
    const served = await serve(bus, handlers, { clock, random, log, source: name, observe, ...options });
    stops.add(`operations ${handlers.map((handler) => (handler.kind === "operation" ? handler.operation : handler.stream).name).join(", ")}`, () =>
      served.stop(stopDeadlineMs),
    );
  };

  const stop = (reason = "asked to", deadlineMs = stopDeadlineMs): Promise<void> => {
    stopping ??= (async () => {
      ready = false;
      log.info({ reason }, "stopping");
      await stops.run(deadlineMs);
      log.info("stopped");
      stopped.resolve();
    })();
    return stopping;
  };

  return {
    name,
    instance,
    version,
    log,
    metrics: metrics.registry,
    client,
    clock,
    random,
    serve: serveHere,
    onStop: stops.add,
    health: (check) => void checks.push(check),
    onEvent: (handler) => void eventHandlers.push(handler),
    stop,
    ready: async () => {
      await serveHere(instanceHandlers({ health, eventHandlers, stop, stopDeadlineMs }), { address: instance });
      const registering = new AbortController();
      const registered = keepRegistered({ client, clock, random, log }, { id: instance, type: name, version, startedAtMs }, registering.signal);
      stops.add("registration", () => {
        registering.abort(new Error("stopping"));
        return registered;
      });
      ready = true;
      log.info({ opsPort: ops?.port }, "ready");
      return { name, instance, version, ...(ops === undefined ? {} : { opsPort: ops.port }), stop, stopped: stopped.promise };
    },
  };
};
