import type { NodeStatus } from "@fogline/contracts";

/** What can happen to a node's status. `connected` on a heartbeat: a gateway holds a connection of this node. */
export type StatusEvent =
  | { readonly kind: "hello" }
  | { readonly kind: "heartbeat"; readonly connected: boolean }
  | { readonly kind: "disconnected"; readonly reason: string }
  | { readonly kind: "unconfirmed"; readonly reason: string }
  | { readonly kind: "seenByPeer"; readonly peer: string }
  | { readonly kind: "silent"; readonly silentMs: number; readonly missed: number }
  | { readonly kind: "hubRestarted" }
  | { readonly kind: "connectionSurvived" };

/** The next status with its reason in a sentence; `undefined` when the event changes nothing. */
export type Transition = { readonly status: NodeStatus; readonly reason: string };

type Rule<Kind extends StatusEvent["kind"]> = (event: Extract<StatusEvent, { kind: Kind }>) => Transition | undefined;

const nothing = () => undefined;
const online = (reason: string) => (): Transition => ({ status: "online", reason });
const speaksAgain: Rule<"heartbeat"> = ({ connected }) => (connected ? { status: "online", reason: "it sends heartbeats again" } : undefined);
const goesSilent: Rule<"silent"> = ({ silentMs, missed }) => ({
  status: "offline",
  reason: `silent for ${Math.round(silentMs / 1_000)} s: ${missed} heartbeats missed`,
});

/**
 * Every event in every status. A node is `online` only by its own word over a connection, `suspect` when its link broke or the hub forgot
 * its links, `offline` when nobody confirmed it in time or when it missed its heartbeats.
 */
const table: { readonly [Status in NodeStatus]: { readonly [Kind in StatusEvent["kind"]]: Rule<Kind> } } = {
  "never-seen": {
    hello: online("it connected for the first time"),
    heartbeat: nothing,
    disconnected: nothing,
    unconfirmed: nothing,
    seenByPeer: nothing,
    silent: nothing,
    hubRestarted: nothing,
    connectionSurvived: nothing,
  },
  online: {
    hello: nothing,
    heartbeat: nothing,
    disconnected: ({ reason }) => ({ status: "suspect", reason: `its connection was lost: ${reason}` }),
    unconfirmed: nothing,
    seenByPeer: nothing,
    silent: goesSilent,
    hubRestarted: () => ({ status: "suspect", reason: "the hub restarted and waits for it to connect again" }),
    connectionSurvived: nothing,
  },
  suspect: {
    hello: online("it connected again"),
    heartbeat: speaksAgain,
    disconnected: nothing,
    unconfirmed: ({ reason }) => ({ status: "offline", reason }),
    seenByPeer: ({ peer }) => ({ status: "suspect", reason: `its connection is lost, but "${peer}" of its site reaches it` }),
    silent: goesSilent,
    hubRestarted: () => ({ status: "suspect", reason: "the hub restarted and waits for it to connect again" }),
    connectionSurvived: online("its connection survived the restart of the hub"),
  },
  offline: {
    hello: online("it connected again"),
    heartbeat: speaksAgain,
    disconnected: nothing,
    unconfirmed: nothing,
    seenByPeer: nothing,
    silent: nothing,
    hubRestarted: nothing,
    connectionSurvived: online("its connection survived the restart of the hub"),
  },
};

/** What an event makes of a status. */
export const transition = (status: NodeStatus, event: StatusEvent): Transition | undefined =>
  (table[status][event.kind] as (event: StatusEvent) => Transition | undefined)(event);
