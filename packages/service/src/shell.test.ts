import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { failureOf, getTask } from "@fogline/contracts";
import { seededRandom, virtualClock } from "@fogline/fakes";
import { fail, ok } from "@fogline/findings";
import { inProcessBus } from "@fogline/in-process";
import { checkHealth, createClient, deliverEvent, handle, registerService, type ServiceEvent, serve, serviceLeft, stopService } from "@fogline/rpc";
import { InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace";
import { afterEach, describe, expect, it } from "vitest";
import { createLog, openShell, type Running, type Shell, type ShellSettings } from "./index.ts";

const settings: ShellSettings = { version: "0.1.0", opsHost: "127.0.0.1", logLevel: "info", stopDeadlineMs: 1_000, instance: "scheduler-1" };

const toStop: { stop(reason?: string): Promise<void> }[] = [];

const world = () => {
  const clock = virtualClock(1_000_000);
  const random = seededRandom(7);
  const bus = inProcessBus({ clock, random });
  const lines: Record<string, unknown>[] = [];
  const log = createLog({ level: "debug", destination: { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) } });
  const caller = createClient(bus, { clock, random, source: "test" });
  const open = async (change: Partial<ShellSettings> = {}): Promise<Shell> => {
    const shell = await openShell("scheduler", { ...settings, ...change }, { bus, clock, random, log });
    toStop.push(shell);
    return shell;
  };
  /** What registrations said besides their names. */
  const described: unknown[] = [];
  return { clock, random, bus, lines, log, caller, open, described };
};

afterEach(async () => {
  for (const one of toStop.splice(0)) await one.stop("the test is over");
});

const get = async (running: { readonly opsPort?: number }, path: string) => {
  const answer = await fetch(`http://127.0.0.1:${running.opsPort}${path}`);
  return { status: answer.status, text: await answer.text() };
};

const registry = async ({ bus, clock, random, described }: ReturnType<typeof world>) => {
  const registered: string[] = [];
  await serve(
    bus,
    [
      handle(registerService, async ({ id, type, metadata, operations }) => {
        registered.push(`${type}/${id}`);
        described.push({ metadata, operations });
        return ok({ registered: true });
      }),
    ],
    { clock, random, source: "orchestrator" },
  );
  return registered;
};

describe("a shell", () => {
  it("answers service.health under the address of its instance with the worst of its checks", async () => {
    const at = world();
    const shell = await at.open();
    shell.health(async () => ({ status: "healthy", reason: "queue is empty" }));
    shell.health(async () => ({ status: "degraded", reason: "no policy service" }));
    await shell.ready();
    const answer = at.caller.call(checkHealth, {}, { address: "scheduler-1" });
    await at.clock.advance(10);
    expect(await answer).toEqual({ ok: true, value: { status: "degraded", reason: "no policy service" } });
  });

  it("hands routed events to its handlers", async () => {
    const at = world();
    const shell = await at.open();
    const received: ServiceEvent[] = [];
    shell.onEvent(async (event) => void received.push(event));
    await shell.ready();
    const event = { type: "device.found", source: "harvest", data: { id: "pi-3" }, occurredAtMs: 5 };
    const answer = at.caller.call(deliverEvent, event, { address: "scheduler-1" });
    await at.clock.advance(10);
    expect((await answer).ok).toBe(true);
    expect(received).toEqual([event]);
  });

  it("stops when it is told to by service.stop, and answers that first", async () => {
    const at = world();
    const running = await (await at.open()).ready();
    const answer = at.caller.call(stopService, { graceful: true }, { address: "scheduler-1" });
    await at.clock.advance(10);
    expect((await answer).ok).toBe(true);
    await running.stopped;
  });

  it("registers when it is ready and renews within a third of the time to live", async () => {
    const at = world();
    const registered = await registry(at);
    await (await at.open()).ready();
    await at.clock.advance(10);
    expect(registered).toEqual(["scheduler/scheduler-1"]);
    await at.clock.advance(30_000);
    expect(registered).toHaveLength(2);
  });

  it("registers where it runs, what it announces and which operations it answers under its own address too", async () => {
    const at = world();
    await registry(at);
    const shell = await at.open({ weight: 2, site: "lab", region: "eu" });
    await shell.serve([handle(getTask, async ({ id }) => fail(failureOf(getTask, "notFound", { id })))]);
    await shell.serve([handle(stopService, async () => ok({}))], { address: "elsewhere" });
    shell.announce("webSocket", "ws://127.0.0.1:4000/live");
    await shell.ready();
    await at.clock.advance(10);
    expect(at.described).toEqual([
      { metadata: { weight: "2", site: "lab", region: "eu", webSocket: "ws://127.0.0.1:4000/live" }, operations: ["tasks.get"] },
    ]);
    for (const address of [undefined, "scheduler-1"]) {
      const answer = at.caller.call(getTask, { id: "t-1" }, address === undefined ? {} : { address });
      await at.clock.advance(10);
      expect(await answer).toMatchObject({ ok: false, failure: { error: "notFound" } });
    }
  });

  it("says that it leaves when it stops, with the time of the start that it registered", async () => {
    const at = world();
    const left: unknown[] = [];
    await at.caller.on(serviceLeft, async (data) => void left.push(data));
    const running = await (await at.open()).ready();
    const stopped = running.stop();
    await at.clock.advance(10);
    await stopped;
    expect(left).toEqual([{ id: "scheduler-1", startedAtMs: 1_000_000 }]);
  });

  it("works without an orchestrator, says so once, and registers when one appears", async () => {
    const at = world();
    await (await at.open()).ready();
    await at.clock.advance(60_000);
    const warnings = () => at.lines.filter(({ level }) => level === "warn");
    expect(warnings().map(({ msg }) => msg)).toEqual(["the orchestrator does not take the registration; trying again"]);
    const registered = await registry(at);
    await at.clock.advance(60_000);
    expect(registered.length).toBeGreaterThan(0);
    expect(warnings()).toHaveLength(1);
  });

  it("is ready on /readyz only after ready() and serves health and metrics", async () => {
    const at = world();
    const shell = await at.open({ opsPort: 0 });
    const running: Running = await shell.ready();
    expect(await get(running, "/readyz")).toMatchObject({ status: 200 });
    expect(JSON.parse((await get(running, "/healthz")).text)).toEqual({ status: "healthy", reason: "running" });
    expect((await get(running, "/metrics")).text).toContain("fogline_event_loop_lag_seconds");
  });

  it("names the port that is in use with FL4016", async () => {
    const at = world();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const address = other.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await expect(at.open({ opsPort: port })).rejects.toMatchObject({ code: "FL4016", message: `port ${port} on 127.0.0.1 is in use` });
    await new Promise((resolve) => other.close(resolve));
  });

  it("stops its parts in reverse order and abandons what does not stop in time, by name", async () => {
    const at = world();
    const shell = await at.open();
    const stopped: string[] = [];
    shell.onStop("database", () => void stopped.push("database"));
    shell.onStop("stuck loop", () => new Promise(() => {}));
    shell.onStop("server", () => void stopped.push("server"));
    const running = await shell.ready();
    const stop = running.stop();
    await at.clock.advance(2_000);
    await stop;
    expect(stopped).toEqual(["server", "database"]);
    expect(at.lines.find(({ what }) => what === "stuck loop")?.msg).toBe("a part did not stop in time and is abandoned");
  });

  it("keeps two workloads of one process apart: each has its own metrics", async () => {
    const at = world();
    const [one, two] = [await at.open(), await at.open({ instance: "scheduler-2" })];
    await one.ready();
    await two.ready();
    const answer = at.caller.call(checkHealth, {}, { address: "scheduler-2" });
    await at.clock.advance(10);
    await answer;
    expect(await two.metrics.metrics()).toContain('operation="service.health",side="server",outcome="ok"');
    expect(await one.metrics.metrics()).not.toContain('operation="service.health"');
  });

  it("gives the log lines of a handler the correlation id of its call, and hides secrets in them", async () => {
    const at = world();
    const shell = await at.open();
    shell.onEvent(async () => shell.log.info({ token: "abc", node: { credential: "def" } }, "took it"));
    await shell.ready();
    const event = { type: "t", source: "s", data: null, occurredAtMs: 5 };
    const answer = at.caller.call(deliverEvent, event, { address: "scheduler-1", correlationId: "c-77" });
    await at.clock.advance(10);
    await answer;
    expect(at.lines.find(({ msg }) => msg === "took it")).toMatchObject({
      correlationId: "c-77",
      service: "scheduler",
      instance: "scheduler-1",
      token: "[redacted]",
      node: { credential: "[redacted]" },
    });
  });
});

describe("spans", () => {
  it("go to the collector that the settings name, at the latest when the shell stops", async () => {
    const at = world();
    const received: (string | undefined)[] = [];
    const collector = createHttpServer((request, response) => {
      received.push(`${request.method} ${request.url}`);
      request.resume().on("end", () => response.end("{}"));
    });
    await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
    const address = collector.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const shell = await at.open({ otlpUrl: `http://127.0.0.1:${port}` });
    await shell.ready();
    const answer = at.caller.call(checkHealth, {}, { address: "scheduler-1" });
    await at.clock.advance(10);
    await answer;
    await shell.stop();
    await new Promise((resolve) => collector.close(resolve));
    expect(received).toEqual(["POST /v1/traces"]);
  });

  it("of a call and of its handling belong to one trace, also through a second service", async () => {
    const at = world();
    const exporter = new InMemorySpanExporter();
    const open = async (name: string) => {
      const ports = { bus: at.bus, clock: at.clock, random: at.random, log: at.log, spans: new SimpleSpanProcessor({ exporter }) };
      const shell = await openShell(name, { ...settings, instance: `${name}-1` }, ports);
      toStop.push(shell);
      return shell;
    };
    const [front, back] = [await open("front"), await open("back")];
    await back.ready();
    front.onEvent(async () => void (await front.client.call(checkHealth, {}, { address: "back-1" })));
    await front.ready();
    const event = { type: "t", source: "s", data: null, occurredAtMs: 5 };
    const answer = back.client.call(deliverEvent, event, { address: "front-1" });
    await at.clock.advance(50);
    await answer;
    const spans = exporter.getFinishedSpans().filter(({ name }) => name.startsWith("service."));
    expect(spans.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      "service.health 1",
      "service.health 2",
      "service.deliver 1",
      "service.deliver 2",
    ]);
    expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1);
    expect(spans.slice(0, 3).map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual(
      spans.slice(1).map((span) => span.spanContext().spanId),
    );
  });
});
