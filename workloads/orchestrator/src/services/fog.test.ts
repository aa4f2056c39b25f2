import {
  broadcastEvent,
  checkHealth,
  deliverEvent,
  discoverService,
  healthOfServices,
  initializeServices,
  listServices,
  registerService,
  routeEvent,
  type ServiceEvent,
  serviceChanged,
  shutdownServices,
  stopService,
} from "@fogline/contracts";
import { ok } from "@fogline/findings";
import { handle, serve } from "@fogline/rpc";
import { afterEach, describe, expect, it } from "vitest";
import { type Hub, openHub, unwrap } from "../testing/hub.ts";

const closing: (() => Promise<unknown>)[] = [];
const open = async (settings: Record<string, unknown> = {}) => {
  const hub = await openHub(settings);
  closing.push(() => hub.close());
  return hub;
};
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** An instance of a service: registered, healthy, and remembering what it was given. */
const join = async (hub: Hub, id: string, type = "policy") => {
  const events: ServiceEvent[] = [];
  const gate = { open: Promise.resolve() };
  let stopped = false;
  const handlers = [
    handle(checkHealth, async () => ok({ status: "healthy" as const, reason: "fine" })),
    handle(deliverEvent, async (event) => {
      events.push(event);
      await gate.open;
      return ok({});
    }),
    handle(stopService, async () => {
      stopped = true;
      return ok({});
    }),
  ];
  const served = await serve(hub.bus, handlers, { ...hub, source: type, address: id });
  closing.push(() => served.stop(0));
  const instance = { id, type, version: "0.1.0", startedAtMs: 1 };
  const register = () => hub.client.call(registerService, instance);
  unwrap(await register());
  await hub.pass(100, 50);
  return { events, gate, served, register, wasStopped: () => stopped };
};
const event = (more: Partial<ServiceEvent> = {}): ServiceEvent => ({ type: "rain", source: "twin-1", data: { mm: 3 }, occurredAtMs: 5, ...more });
/** The answer of a call, while virtual time passes. */
const within = async <Value>(hub: Hub, answer: Promise<Value>, ms = 10_000): Promise<Value> => {
  const [value] = await Promise.all([answer, hub.pass(ms, 100)]);
  return value;
};

describe("discovery", () => {
  it("gives the instances of a type in turn", async () => {
    const hub = await open();
    await join(hub, "policy-1");
    await join(hub, "policy-2");
    const found = async () => unwrap(await hub.client.call(discoverService, { type: "policy" })).instance?.id;
    expect([await found(), await found(), await found()]).toEqual(["policy-1", "policy-2", "policy-1"]);
  });

  it("tries three times and answers null when nobody comes, or who came meanwhile", async () => {
    const hub = await open();
    expect(unwrap(await within(hub, hub.client.call(discoverService, { type: "stats" })))).toEqual({ instance: null });
    const looking = hub.client.call(discoverService, { type: "stats" });
    await join(hub, "stats-1", "stats");
    expect(unwrap(await within(hub, looking)).instance?.id).toBe("stats-1");
  });
});

describe("health", () => {
  it("is asked of everybody at once, and who does not answer within a second is degraded", async () => {
    const hub = await open();
    await join(hub, "policy-1");
    const silent = await join(hub, "policy-2");
    await silent.served.stop(0);
    const { services } = unwrap(await within(hub, hub.client.call(healthOfServices, {}), 1_500));
    expect(services["policy-1"]).toMatchObject({ status: "healthy", reason: "fine" });
    expect(services["policy-2"]).toMatchObject({ status: "degraded", reason: "no answer" });
  });

  it("is asked every 60 s, and told when it changes", async () => {
    const hub = await open();
    const instance = await join(hub, "policy-1");
    const changes: (string | undefined)[] = [];
    await hub.client.on(serviceChanged, async ({ id, service }) => void (id === "policy-1" && changes.push(service?.health.status)));
    await instance.served.stop(0);
    await instance.register();
    await hub.pass(62_000, 1_000);
    expect(changes).toEqual(["degraded"]);
  });

  it("of an instance that does not renew itself ends with its registration", async () => {
    const hub = await open();
    await join(hub, "policy-1");
    await hub.pass(91_000, 1_000);
    const ids = unwrap(await hub.client.call(listServices, {})).services.map(({ id }) => id);
    expect(ids).not.toContain("policy-1");
  });
});

describe("an event", () => {
  it("is routed to an instance by id or to one of a type", async () => {
    const hub = await open();
    const instance = await join(hub, "policy-1");
    expect(unwrap(await hub.client.call(routeEvent, { target: "policy", event: event() }))).toEqual({ deliveredTo: "policy-1" });
    expect(unwrap(await hub.client.call(routeEvent, { target: "policy-1", event: event() }))).toEqual({ deliveredTo: "policy-1" });
    expect(instance.events).toEqual([event(), event()]);
  });

  it("for a type whose first instance is gone goes to the next one", async () => {
    const hub = await open();
    const first = await join(hub, "policy-1");
    const second = await join(hub, "policy-2");
    await first.served.stop(0);
    const routed = within(hub, hub.client.call(routeEvent, { target: "policy", event: event() }, { timeoutMs: 60_000 }));
    expect(unwrap(await routed)).toEqual({ deliveredTo: "policy-2" });
    expect(second.events).toHaveLength(1);
  });

  it("for nobody is FL4004, and for a full inbox FL4012", async () => {
    const hub = await open({ inboxMax: 1 });
    expect(await hub.client.call(routeEvent, { target: "nobody", event: event() })).toMatchObject({ failure: { code: "FL4004" } });
    const instance = await join(hub, "policy-1");
    const held = Promise.withResolvers<void>();
    instance.gate.open = held.promise;
    const first = hub.client.call(routeEvent, { target: "policy-1", event: event() });
    await hub.pass(100, 50);
    const second = await hub.client.call(routeEvent, { target: "policy-1", event: event() });
    expect(second).toMatchObject({ failure: { error: "inboxFull", code: "FL4012", message: 'the inbox of "policy-1" holds 1 events already' } });
    held.resolve();
    expect(unwrap(await first)).toEqual({ deliveredTo: "policy-1" });
  });

  it("is broadcast to everybody but its source", async () => {
    const hub = await open();
    const [one, two] = [await join(hub, "policy-1"), await join(hub, "twin-1", "twin")];
    const { deliveredTo, failed } = unwrap(await hub.client.call(broadcastEvent, { event: event({ source: "twin-1" }) }));
    expect(deliveredTo).toContain("policy-1");
    expect([deliveredTo.includes("twin-1"), failed]).toEqual([false, []]);
    expect([one.events.length, two.events.length]).toEqual([1, 0]);
  });
});

describe("the system", () => {
  it("is initialized when every expected service has come, and names who is missing", async () => {
    const hub = await open();
    const waiting = hub.client.call(initializeServices, { expected: ["policy"] });
    await join(hub, "policy-1");
    expect(unwrap(await within(hub, waiting)).missing).toEqual([]);
    const incomplete = within(hub, hub.client.call(initializeServices, { expected: ["policy", "ledger"] }), 27_000);
    expect(unwrap(await incomplete).missing).toEqual(["ledger"]);
  });

  it("is shut down with the orchestrator last, after its answer", async () => {
    const hub = await open();
    const instance = await join(hub, "policy-1");
    const answer = await hub.client.call(shutdownServices, { graceful: true });
    expect(unwrap(answer)).toEqual({ stopped: true, remaining: [] });
    expect(instance.wasStopped()).toBe(true);
    await hub.pass(1_000, 100);
    await hub.running.stopped;
  });
});
