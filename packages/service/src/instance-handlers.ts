import { ok } from "@fogline/findings";
import { checkHealth, deliverEvent, type Handler, handle, type ServiceEvent, stopService } from "@fogline/rpc";
import type { Health } from "./health.ts";

/** What every instance answers under its own address: how it is, an event for it, and the wish that it stops. */
export const instanceHandlers = (instance: {
  readonly health: () => Promise<Health>;
  readonly eventHandlers: readonly ((event: ServiceEvent) => Promise<void>)[];
  readonly stop: (reason: string, deadlineMs: number) => Promise<void>;
  readonly stopDeadlineMs: number;
}): readonly Handler[] => [
  handle(checkHealth, async () => ok(await instance.health())),
  handle(deliverEvent, async (event) => {
    for (const handler of instance.eventHandlers) await handler(event);
    return ok({});
  }),
  handle(stopService, async ({ graceful }) => {
    // Not awaited: the stop waits for the answer of this very request.
    void instance.stop("service.stop", graceful ? instance.stopDeadlineMs : 0);
    return ok({});
  }),
];
