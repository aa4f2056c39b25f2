import { z } from "zod";
import { errorOf, event, operation } from "./kernel/declaration.ts";

// The FogOrchestrationService of the fog design: service registry, health, routing of events. Served by the orchestrator.

/** Defaults of the design. */
export const orchestrationDefaults = {
  discoveryTimeoutMs: 30_000,
  discoveryAttempts: 3,
  healthIntervalMs: 60_000,
  breakerFailures: 5,
  breakerOpenMs: 30_000,
  queueMax: 1_000,
  retryBackoffMs: 500,
} as const;

export const HealthStatus = z.object({
  status: z.enum(["healthy", "degraded", "unhealthy", "unknown"]),
  reason: z.string(),
  checkedAtMs: z.int(),
  latencyMs: z.number().nullable(),
});

/** One running replica of a service. It disappears when its registration is not renewed within `ttlMs`. */
export const ServiceInstance = z.object({
  id: z.string().min(1),
  type: z.string().min(1),
  version: z.string(),
  /**
   * Facts that are safe to show. Known ones: `weight` (its share of the work beside others of its type), `region` and `site` (where it runs),
   * `webSocket` (the address where it takes WebSockets that the gateway passes on to it).
   */
  metadata: z.record(z.string(), z.string()).default({}),
  /** Names of the operations that it answers under its id as address too, so that a caller can choose this replica. */
  operations: z.array(z.string()).default([]),
  startedAtMs: z.int(),
  ttlMs: z.int().positive().default(90_000),
});

export const RegisteredService = ServiceInstance.extend({ registeredAtMs: z.int(), health: HealthStatus });

export const ServiceEvent = z.object({
  type: z.string().min(1),
  source: z.string().min(1),
  data: z.unknown(),
  occurredAtMs: z.int(),
});

const unknownService = errorOf("FL4004", z.object({ service: z.string() }), ({ service }) => `no service "${service}" is registered`);
const inboxFull = errorOf(
  "FL4012",
  z.object({ service: z.string(), limit: z.int() }),
  ({ service, limit }) => `the inbox of "${service}" holds ${limit} events already`,
);

export const initializeServices = operation({
  name: "fog.initialize",
  summary: "Make sure every declared service runs, and answer the registry.",
  role: "admin",
  idempotency: "natural",
  timeoutMs: 30_000,
  http: { method: "POST", path: "/api/services/initialize" },
  request: z.object({ expected: z.array(z.string()).default([]) }),
  response: z.object({ services: z.array(RegisteredService), missing: z.array(z.string()) }),
});

export const registerService = operation({
  name: "fog.register",
  summary: "Register a service instance, or renew its registration. `registered` is false when another start of the same id is newer.",
  role: "service",
  idempotency: "natural",
  request: ServiceInstance,
  response: z.object({ registered: z.boolean() }),
});

export const discoverService = operation({
  name: "fog.discover",
  summary: "A healthy instance of a service type, or null. Instances take turns.",
  role: "user",
  idempotency: "safe",
  http: { method: "GET", path: "/api/services/discover/:type" },
  request: z.object({ type: z.string() }),
  response: z.object({ instance: RegisteredService.nullable() }),
});

export const healthOfServices = operation({
  name: "fog.health",
  summary: "The health of every registered instance by id, asked now.",
  role: "user",
  idempotency: "safe",
  http: { method: "GET", path: "/api/services/health" },
  request: z.object({}),
  response: z.object({ services: z.record(z.string(), HealthStatus) }),
});

export const listServices = operation({
  name: "fog.list",
  summary: "Every registered instance with its last known health.",
  role: "user",
  idempotency: "safe",
  http: { method: "GET", path: "/api/services" },
  request: z.object({}),
  response: z.object({ services: z.array(RegisteredService) }),
});

export const routeEvent = operation({
  name: "fog.route",
  summary: "Deliver an event to one instance or to one instance of a type. Answered when the target took it.",
  role: "service",
  idempotency: "none",
  request: z.object({ target: z.string(), event: ServiceEvent }),
  response: z.object({ deliveredTo: z.string() }),
  errors: { unknownService, inboxFull },
});

export const broadcastEvent = operation({
  name: "fog.broadcast",
  summary: "Deliver an event to every registered instance but its source.",
  role: "service",
  idempotency: "none",
  request: z.object({ event: ServiceEvent }),
  response: z.object({ deliveredTo: z.array(z.string()), failed: z.array(z.string()) }),
});

export const shutdownServices = operation({
  name: "fog.shutdown",
  summary: "Stop the services: gracefully, finishing what they hold, unless told otherwise.",
  role: "admin",
  idempotency: "natural",
  timeoutMs: 30_000,
  http: { method: "POST", path: "/api/services/shutdown" },
  request: z.object({ graceful: z.boolean().default(true) }),
  response: z.object({ stopped: z.boolean(), remaining: z.array(z.string()) }),
});

/** What every service instance answers under the address of its instance id. */
export const checkHealth = operation({
  name: "service.health",
  summary: "How this instance is.",
  role: "service",
  idempotency: "safe",
  timeoutMs: 1_000,
  request: z.object({}),
  response: z.object({ status: z.enum(["healthy", "degraded", "unhealthy"]), reason: z.string() }),
});

export const deliverEvent = operation({
  name: "service.deliver",
  summary: "Take a routed event.",
  role: "service",
  idempotency: "none",
  request: ServiceEvent,
  response: z.object({}),
});

export const stopService = operation({
  name: "service.stop",
  summary: "Stop this instance.",
  role: "service",
  idempotency: "natural",
  timeoutMs: 15_000,
  request: z.object({ graceful: z.boolean() }),
  response: z.object({}),
});

export const serviceChanged = event({
  name: "services.changed",
  summary: "An instance registered, changed health or disappeared (`service` is null).",
  data: z.object({ id: z.string(), service: RegisteredService.nullable() }),
});

/** A hint: one that is lost is made up for by the instance's time to live. */
export const serviceLeft = event({
  name: "services.left",
  summary: "An instance stops and takes no more calls.",
  data: z.object({
    id: z.string(),
    /** Of the start that ends, so that late news of it does not remove the next one. */
    startedAtMs: z.int(),
  }),
});

export type HealthStatus = z.output<typeof HealthStatus>;
export type ServiceInstance = z.output<typeof ServiceInstance>;
export type RegisteredService = z.output<typeof RegisteredService>;
export type ServiceEvent = z.output<typeof ServiceEvent>;
