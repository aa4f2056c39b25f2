import { everyPage, listNodes, type NodeRecord, nodeChanged } from "@fogline/contracts";
import { textOf } from "@fogline/findings";
import type { Subscription } from "@fogline/ports";
import type { Client } from "@fogline/rpc";
import type { Log } from "@fogline/service";

/** The fleet as the registry last told it. */
export interface NodeWatch {
  readonly nodes: ReadonlyMap<string, NodeRecord>;
  /** False until the registry answered once: before that a missing node means nothing. */
  readonly listed: boolean;
  /** Asks the registry anew; keeps what is known when it does not answer. */
  refresh(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * List-then-watch: subscribes first, so that nothing falls between. A record replaces another only when its version is higher, or, of one
 * version, when its node was heard of later: samples do not count as versions. What an event changed while a list was on its way is newer than the list.
 */
export const watchNodes = async (client: Client, log: Log, changed: () => void, signal: AbortSignal): Promise<NodeWatch> => {
  const nodes = new Map<string, NodeRecord>();
  /** Ids that events spoke of since the list now on its way was asked for. */
  let touched = new Set<string>();
  let listed = false;
  let refreshing: Promise<void> | undefined;

  const take = (node: NodeRecord): boolean => {
    const known = nodes.get(node.id);
    if (known !== undefined && !isNewer(node, known)) return false;
    nodes.set(node.id, node);
    return known === undefined || matters(known, node);
  };

  const refresh = async (): Promise<void> => {
    touched = new Set();
    const listing = await everyPage(async (after) => {
      const answer = await client.call(listNodes, after === undefined ? {} : { after }, { signal });
      if (!answer.ok) throw new Error(answer.failure.message);
      return { items: answer.value.nodes, next: answer.value.next };
    }).catch((thrown: unknown) => {
      if (!signal.aborted) log.warn({ failure: textOf(thrown) }, "the node registry did not answer; the last known nodes are used");
    });
    if (signal.aborted || listing === undefined) return;
    let news = !listed;
    const present = new Set(listing.map(({ id }) => id));
    for (const node of listing) if (!(touched.has(node.id) && !nodes.has(node.id))) news = take(node) || news;
    for (const id of [...nodes.keys()]) if (!present.has(id) && !touched.has(id)) news = nodes.delete(id) || news;
    listed = true;
    if (news) changed();
  };

  const subscription: Subscription = await client.on(nodeChanged, async ({ id, node }) => {
    touched.add(id);
    if (node === null ? nodes.delete(id) : take(node)) changed();
  });

  return {
    nodes,
    get listed() {
      return listed;
    },
    refresh: () => {
      refreshing ??= refresh()
        .catch((thrown: unknown) => log.error({ err: thrown }, "the answer of the node registry could not be used"))
        .finally(() => {
          refreshing = undefined;
        });
      return refreshing;
    },
    stop: () => subscription.stop(),
  };
};

const isNewer = (node: NodeRecord, known: NodeRecord): boolean =>
  node.version > known.version || (node.version === known.version && (node.lastSeenAtMs ?? 0) > (known.lastSeenAtMs ?? 0));

/** Whether a new record asks for a look at the queue at once; a fresh sample alone waits for the next regular one, unless heat changed. */
const matters = (known: NodeRecord, node: NodeRecord): boolean =>
  known.status !== node.status ||
  known.draining !== node.draining ||
  known.bootId !== node.bootId ||
  known.state?.thermalState !== node.state?.thermalState ||
  known.executions.join() !== node.executions.join();
