import {
  connectNode,
  disconnectNode,
  drainNode,
  failureOf,
  getNode,
  heartbeatNode,
  listNodes,
  type nodeSampled,
  type Output,
  registerNode,
  removeNode,
} from "@fogline/contracts";
import { fail, ok } from "@fogline/findings";
import { type Handler, handle } from "@fogline/rpc";
import { firstPage } from "../page.ts";
import type { NodeRegistry } from "./registry.ts";
import type { ReportIntervals } from "./report-intervals.ts";
import type { Suspicions } from "./suspicion.ts";

export interface NodeHandlerParts {
  readonly registry: NodeRegistry;
  readonly suspicions: Suspicions;
  readonly intervals: ReportIntervals;
  /** Passes a sample on to whoever watches; lossy. */
  readonly sampled: (sample: Output<typeof nodeSampled.data>) => Promise<void>;
}

/** What people and the other services ask of the registry. */
export const nodeHandlers = ({ registry, suspicions, intervals }: NodeHandlerParts): Handler[] => [
  handle(registerNode, async (declaration) => ok(await registry.register(declaration))),
  handle(listNodes, async ({ limit, after = "", ...filter }) => {
    const rest = (await registry.list(filter)).filter(({ id }) => id > after);
    const { items, next } = firstPage(rest, limit);
    return ok({ nodes: [...items], next });
  }),
  handle(getNode, async ({ id }) => {
    const node = await registry.get(id);
    return node ? ok(node) : fail(failureOf(getNode, "notFound", { id }));
  }),
  handle(drainNode, async ({ id, draining }) => {
    const node = await registry.drain(id, draining);
    return node ? ok(node) : fail(failureOf(drainNode, "notFound", { id }));
  }),
  handle(removeNode, async ({ id }) => {
    suspicions.settled(id);
    intervals.forget(id);
    return ok({ removed: await registry.remove(id) });
  }),
];

/** What agents say, through a gateway or over HTTP. */
export const agentHandlers = ({ registry, suspicions, intervals, sampled }: NodeHandlerParts): Handler[] => [
  handle(heartbeatNode, async (beat, { principal }) => {
    // A node may speak for itself only, and does not learn which others exist.
    if (principal.role === "node" && principal.name !== beat.id) return fail(failureOf(heartbeatNode, "notFound", { id: beat.id }));
    const seen = await registry.heartbeat(beat);
    if (seen === undefined) return fail(failureOf(heartbeatNode, "notFound", { id: beat.id }));
    if (seen.sampled) await sampled({ id: beat.id, state: beat.state, metrics: beat.metrics });
    if (seen.status === "online") suspicions.settled(beat.id);
    return ok({ status: seen.status });
  }),
  handle(connectNode, async (hello) => {
    const node = await registry.connect(hello);
    if (node === undefined) return fail(failureOf(connectNode, "notFound", { id: hello.id }));
    suspicions.settled(hello.id);
    return ok({ settings: intervals.welcome(node) });
  }),
  handle(disconnectNode, async ({ id, connectionId, reason }) => {
    const left = await registry.disconnect(id, connectionId, reason);
    if (left?.current && left.status === "suspect") suspicions.lost(id);
    return ok({ status: left?.status ?? null });
  }),
];
