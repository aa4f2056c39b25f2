import { describe, expect, it } from "vitest";
import {
  broadcastEvent,
  checkHealth,
  deliverEvent,
  discoverService,
  HealthStatus,
  healthOfServices,
  initializeServices,
  listServices,
  orchestrationDefaults,
  RegisteredService,
  registerService,
  routeEvent,
  ServiceEvent,
  ServiceInstance,
  serviceChanged,
  serviceLeft,
  shutdownServices,
  stopService,
} from "./services.ts";
import { absent, faults } from "./testing/fields.ts";
import {
  anything,
  flag,
  inner,
  listOf,
  number,
  oneOf,
  orElse,
  orNull,
  positiveWhole,
  someText,
  text,
  textByKey,
  texts,
  whole,
} from "./testing/rows.ts";
import { health, instance, registered } from "./testing/samples.ts";

const event = { type: "node.down", source: "orchestrator-1", data: { any: ["thing"] }, occurredAtMs: 5 };
const instanceTable = {
  id: someText,
  type: someText,
  version: text,
  metadata: orElse({}, textByKey),
  operations: orElse([], texts),
  startedAtMs: whole,
  ttlMs: orElse(90_000, positiveWhole),
};
const healthTable = { status: oneOf("healthy", "degraded", "unhealthy", "unknown"), reason: text, checkedAtMs: whole, latencyMs: orNull(number) };

describe("the numbers of the fog design", () => {
  it("are its defaults", () => {
    expect(orchestrationDefaults).toEqual({
      discoveryTimeoutMs: 30_000,
      discoveryAttempts: 3,
      healthIntervalMs: 60_000,
      breakerFailures: 5,
      breakerOpenMs: 30_000,
      queueMax: 1_000,
      retryBackoffMs: 500,
    });
  });
});

describe("a service instance", () => {
  it("registers with a type and a time to live of 90 s unless told", () => {
    expect(faults(ServiceInstance, instance, instanceTable)).toEqual([]);
    expect(registerService.request).toBe(ServiceInstance);
    expect(faults(registerService.response, { registered: true }, { registered: flag })).toEqual([]);
  });

  it("is listed with its health", () => {
    expect(faults(HealthStatus, health, healthTable)).toEqual([]);
    expect(faults(RegisteredService, registered, { ...instanceTable, registeredAtMs: whole, health: inner(health) })).toEqual([]);
    expect(faults(listServices.request, {}, {})).toEqual([]);
    expect(faults(listServices.response, { services: [registered] }, { services: listOf(registered) })).toEqual([]);
    expect(faults(discoverService.request, { type: "scheduler" }, { type: text })).toEqual([]);
    expect(faults(discoverService.response, { instance: registered }, { instance: orNull(inner(registered)) })).toEqual([]);
    const byId = { takes: [{}, { "scheduler-1": health }], refuses: [absent, null, { "scheduler-1": {} }] };
    expect(faults(healthOfServices.request, {}, {})).toEqual([]);
    expect(faults(healthOfServices.response, { services: {} }, { services: byId })).toEqual([]);
  });

  it("says how it is, takes an event and stops", () => {
    expect(faults(checkHealth.request, {}, {})).toEqual([]);
    const status = oneOf("healthy", "degraded", "unhealthy");
    expect(
      faults(checkHealth.response, { status: "healthy", reason: "" }, { status: { ...status, refuses: [absent, "unknown"] }, reason: text }),
    ).toEqual([]);
    expect(deliverEvent.request).toBe(ServiceEvent);
    expect(faults(deliverEvent.response, {}, {})).toEqual([]);
    expect(faults(stopService.request, { graceful: true }, { graceful: flag })).toEqual([]);
    expect(faults(stopService.response, {}, {})).toEqual([]);
  });

  it("is announced when it changes and when it leaves", () => {
    expect(faults(serviceChanged.data, { id: "a", service: registered }, { id: text, service: orNull(inner(registered)) })).toEqual([]);
    expect(faults(serviceLeft.data, { id: "a", startedAtMs: 1 }, { id: text, startedAtMs: whole })).toEqual([]);
  });
});

describe("all services", () => {
  it("start and stop together, gracefully unless told", () => {
    expect(faults(initializeServices.request, { expected: ["policy"] }, { expected: orElse([], texts) })).toEqual([]);
    const started = { services: listOf(registered), missing: texts };
    expect(faults(initializeServices.response, { services: [registered], missing: [] }, started)).toEqual([]);
    expect(faults(shutdownServices.request, { graceful: false }, { graceful: orElse(true, flag) })).toEqual([]);
    expect(faults(shutdownServices.response, { stopped: true, remaining: [] }, { stopped: flag, remaining: texts })).toEqual([]);
  });

  it("pass events on", () => {
    expect(faults(ServiceEvent, event, { type: someText, source: someText, data: anything, occurredAtMs: whole })).toEqual([]);
    expect(faults(routeEvent.request, { target: "policy", event }, { target: text, event: inner(event) })).toEqual([]);
    expect(faults(routeEvent.response, { deliveredTo: "policy-1" }, { deliveredTo: text })).toEqual([]);
    expect(faults(broadcastEvent.request, { event }, { event: inner(event) })).toEqual([]);
    expect(faults(broadcastEvent.response, { deliveredTo: ["a"], failed: [] }, { deliveredTo: texts, failed: texts })).toEqual([]);
  });
});
