import {
  broadcastEvent,
  discoverService,
  failureOf,
  healthOfServices,
  initializeServices,
  listServices,
  registerService,
  routeEvent,
  shutdownServices,
} from "@fogline/contracts";
import { fail, ok } from "@fogline/findings";
import { type Handler, handle } from "@fogline/rpc";
import type { Fog } from "./fog.ts";
import { checkAll, checkOne, type HealthParts } from "./health.ts";

export interface ServiceHandlerParts {
  readonly fog: Fog;
  readonly health: HealthParts;
  readonly inboxMax: number;
}

export const serviceHandlers = ({ fog, health, inboxMax }: ServiceHandlerParts): Handler[] => [
  handle(initializeServices, async ({ expected }, { signal }) => ok(await fog.initialize(expected, signal))),
  handle(registerService, async (instance) => {
    const outcome = health.registry.register(instance, health.clock.now());
    if (outcome?.changed) {
      await health.changed([{ id: instance.id, service: outcome.service }]);
      // Asked at once, so that a new instance is not unknown until the next round.
      void checkOne(health, instance.id);
    }
    return ok({ registered: outcome !== undefined });
  }),
  handle(discoverService, async ({ type }, { signal }) => ok({ instance: (await fog.discover(type, signal)) ?? null })),
  handle(healthOfServices, async () => ok({ services: await checkAll(health) })),
  handle(listServices, async () => {
    await health.changed(health.registry.expire(health.clock.now()));
    return ok({ services: health.registry.list() });
  }),
  handle(routeEvent, async ({ target, event }) => {
    const outcome = await fog.route(target, event);
    if (outcome === "unknownService") return fail(failureOf(routeEvent, "unknownService", { service: target }));
    if (outcome === "inboxFull") return fail(failureOf(routeEvent, "inboxFull", { service: target, limit: inboxMax }));
    return ok(outcome);
  }),
  handle(broadcastEvent, async ({ event }) => ok(await fog.broadcast(event))),
  handle(shutdownServices, async ({ graceful }) => ok(await fog.shutdown(graceful))),
];
