import { setImmediate } from "node:timers/promises";
import { failureOf, nodeHistory, nodeLogs, utilisation } from "@fogline/contracts";
import { fail, ok } from "@fogline/findings";
import type { Clock, Database } from "@fogline/ports";
import { type Client, type Handler, handle } from "@fogline/rpc";
import type { OrchestratorSchema } from "../schema.ts";
import { changesKeptMs, historyOf, pruneChanges } from "./history.ts";
import { agentLogOf } from "./logs.ts";
import type { NodeRegistry } from "./registry.ts";
import { hourMs, hoursKeptMs, pruneHours, utilisationPage } from "./utilisation.ts";

export interface ObservedParts {
  readonly registry: Pick<NodeRegistry, "get">;
  readonly database: Database<OrchestratorSchema>;
  readonly client: Client;
  readonly clock: Clock;
}

/** How often what is too old is forgotten. */
export const pruneMs = hourMs;

/** What people ask of nodes over time. */
export const observedHandlers = ({ registry, database, client, clock }: ObservedParts): Handler[] => [
  handle(nodeHistory, async ({ id, hours }) => {
    if ((await registry.get(id)) === undefined) return fail(failureOf(nodeHistory, "notFound", { id }));
    const nowMs = clock.now();
    return ok(await historyOf(database.kysely, id, nowMs - hours * hourMs, nowMs));
  }),
  handle(nodeLogs, async ({ id, tailBytes }) => {
    const node = await registry.get(id);
    return node === undefined ? fail(failureOf(nodeLogs, "notFound", { id })) : ok(await agentLogOf(client, node, tailBytes));
  }),
  handle(utilisation, async (query) => ok(await utilisationPage(database.kysely, query, clock.now(), () => setImmediate()))),
];

/** Forgets what is older than it is kept. */
export const forgetOld = async ({ database, clock }: Pick<ObservedParts, "database" | "clock">): Promise<void> => {
  await pruneChanges(database.kysely, clock.now() - changesKeptMs);
  await pruneHours(database.kysely, clock.now() - hoursKeptMs);
};
