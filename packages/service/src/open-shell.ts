import type { Random } from "@fogline/ports";
import { createClient, type ServiceEvent, serve, serviceLeft } from "@fogline/rpc";
import { type HealthCheck, worstOf } from "./health.ts";
import { instanceHandlers } from "./instance-handlers.ts";
import { createLog } from "./log.ts";
import { openMetrics } from "./metrics.ts";
import { observeWith } from "./observe.ts";
import { startOpsServer } from "./ops-server.ts";
import { keepRegistered } from "./registration.ts";
import { currentScope } from "./scope.ts";
import type { HubPorts, Running, Shell, ShellSettings } from "./shell.ts";
import { stopList } from "./stop-list.ts";
import { openTracing } from "./tracing.ts";

const instanceSuffixBytes = 4;

const instanceOf = (name: string, random: Random): string => `${name}-${Buffer.from(random.bytes(instanceSuffixBytes)).toString("hex")}`;

/** What the settings say of where it runs and how much it takes, for the registration. */
const placeOf = ({ weight, region, site }: ShellSettings): Map<string, string> =>
  new Map(Object.entries({ weight, region, site }).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])));

/** What the shell itself is made of, before anything listens. */
const assemble = (name: string, settings: ShellSettings, { bus, clock, random, log: given, spans }: HubPorts) => {
  const { version, otlpUrl, logLevel: level } = settings;
  const instance = settings.instance ?? instanceOf(name, random);
  const fields = { service: name, instance };
  const log = given?.child(fields, { level }) ?? createLog({ level, fields });
  const metrics = openMetrics(name, instance);
  const tracing = openTracing({ name, instance, version }, { otlpUrl, spans });
  const observe = observeWith(clock, metrics, tracing);
  const client = createClient(bus, { clock, random, source: name, log, observe, correlation: () => currentScope()?.correlationId });
  const stops = stopList(clock, log);
  stops.add("metrics", () => metrics.stop());
  if (tracing !== undefined) stops.add("spans", () => tracing.stop());
  return { name, instance, version, log, metrics, observe, client, stops, metadata: placeOf(settings), operations: new Set<string>() };
};

type Parts = ReturnType<typeof assemble>;

/** The stop of a workload: once, whoever asks first and however often. */
const stopOnce = ({ log, stops }: Parts, deadlineMsUnlessSaid: number, onStop: () => void) => {
  const stopped = Promise.withResolvers<void>();
  let stopping: Promise<void> | undefined;
  const stop = (reason = "asked to", deadlineMs = deadlineMsUnlessSaid): Promise<void> => {
    stopping ??= (async () => {
      onStop();
      log.info({ reason }, "stopping");
      await stops.run(deadlineMs);
      log.info("stopped");
      stopped.resolve();
    })();
    return stopping;
  };
  return { stop, stopped: stopped.promise };
};

/** Answers operations and streams; see `Shell.serve`. What is answered under the instance's own address is in its registration. */
const serveWith =
  ({ name, instance, log, observe, stops, operations }: Parts, { bus, clock, random }: HubPorts, stopDeadlineMs: number): Shell["serve"] =>
  async (handlers, options = {}) => {
    const own = options.address === undefined ? { instance } : {};
    const served = await serve(bus, handlers, { clock, random, log, source: name, observe, ...own, ...options });
    const names = handlers.map((handler) => (handler.kind === "operation" ? handler.operation.name : handler.stream.name));
    if (options.address === undefined) for (const handler of handlers) if (handler.kind === "operation") operations.add(handler.operation.name);
    stops.add(`operations ${names.join(", ")}`, () => served.stop(stopDeadlineMs));
  };

/** Registers until the shell stops. */
const registerWith = (parts: Parts, { clock, random }: HubPorts, startedAtMs: number): void => {
  const { name, instance, version, client, log, stops, metadata, operations } = parts;
  const registering = new AbortController();
  const described = () => ({
    ...{ id: instance, type: name, version, startedAtMs },
    metadata: Object.fromEntries(metadata),
    operations: [...operations].sort(),
  });
  const registered = keepRegistered({ client, clock, random, log }, described, registering.signal);
  stops.add("registration", async () => {
    registering.abort(new Error("stopping"));
    await registered;
    // Nobody waits for the news to arrive: an orchestrator that misses it notices the silence.
    await client.publish(serviceLeft, { id: instance, startedAtMs });
  });
};

/** Opens the shell of the workload `name`. What it opened is closed again by `Running.stop`. Throws FL4016 when the ops port is taken. */
export const openShell = async (name: string, settings: ShellSettings, ports: HubPorts): Promise<Shell> => {
  const { opsPort: port, opsHost: host, stopDeadlineMs } = settings;
  const parts = assemble(name, settings, ports);
  const { instance, version, log, metrics, client, stops } = parts;
  const startedAtMs = ports.clock.now();
  const checks: HealthCheck[] = [];
  const eventHandlers: ((event: ServiceEvent) => Promise<void>)[] = [];
  const health = () => worstOf(checks);
  let isReady = false;
  const { stop, stopped } = stopOnce(parts, stopDeadlineMs, () => {
    isReady = false;
  });
  const serveHere = serveWith(parts, ports, stopDeadlineMs);
  const startOps = async (opsPort: number) => {
    try {
      const server = await startOpsServer({ host, port: opsPort, registry: metrics.registry, health, isReady: () => isReady });
      stops.add("ops server", () => server.stop());
      return { opsPort: server.port };
    } catch (thrown) {
      await stop("the ops server did not start");
      throw thrown;
    }
  };
  const ops = port === undefined ? {} : await startOps(port);

  return {
    name,
    instance,
    version,
    log,
    metrics: metrics.registry,
    client,
    clock: ports.clock,
    random: ports.random,
    serve: serveHere,
    onStop: stops.add,
    announce: (name, value) => void parts.metadata.set(name, value),
    health: (check) => void checks.push(check),
    onEvent: (handler) => void eventHandlers.push(handler),
    stop,
    ready: async (): Promise<Running> => {
      await serveHere(instanceHandlers({ health, eventHandlers, stop, stopDeadlineMs }), { address: instance });
      registerWith(parts, ports, startedAtMs);
      isReady = true;
      log.info(ops, "ready");
      return { name, instance, version, ...ops, stop, stopped };
    },
  };
};
