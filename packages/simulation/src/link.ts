import type { Connection, Link, LinkEvents } from "@fogline/agent";
import type { Clock } from "@fogline/ports";

/** Frames that wait while a device is frozen; a real one's network buffers are finite too. */
const heldMax = 1000;

/** A link that somebody can slow down, cut and freeze. Latency is taken from outside at each frame; half of it goes each way. */
export interface VirtualLink extends Link {
  /** Without a link frames vanish in both directions: the hub hears nothing, not even a goodbye. The device notices at once. */
  setUp(up: boolean): void;
  /** A frozen device neither sends nor hears; both wait, up to a limit, until it is thawed. */
  setFrozen(frozen: boolean): void;
}

export interface LinkConditions {
  /** The world outside of the device, whose time goes on while the device is frozen. */
  readonly clock: Clock;
  readonly latencyMs: () => number;
}

/** Lets actions through in order: each after its delay, none while closed. */
const gate = (clock: Clock) => {
  let waiting: (() => void)[] = [];
  let open = true;
  let inTransit = 0;
  const deliver = (run: () => void) => {
    if (open) run();
    else if (waiting.length < heldMax) waiting.push(run);
  };
  let lastDueMs = 0;
  return {
    pass: (delayMs: number, run: () => void) => {
      if (delayMs <= 0 && inTransit === 0) return deliver(run);
      // A frame never overtakes the one before it, also when the latency has just become smaller.
      const now = clock.monotonicMs();
      lastDueMs = Math.max(lastDueMs, now + delayMs);
      inTransit += 1;
      clock.after(lastDueMs - now, () => {
        inTransit -= 1;
        deliver(run);
      });
    },
    setOpen: (next: boolean) => {
      open = next;
      while (open && waiting.length > 0) waiting.shift()?.();
    },
    clear: () => {
      waiting = [];
    },
  };
};

/** Wraps a real link. */
export const virtualLink = (real: Link, { clock, latencyMs }: LinkConditions): VirtualLink => {
  let up = true;
  let frozen = false;
  let current: { lose(reason: string): void; setOpen(open: boolean): void } | undefined;
  const abandoned = new Set<Connection>();

  const connectOver = (events: LinkEvents): Connection => {
    const inward = gate(clock);
    const outward = gate(clock);
    inward.setOpen(!frozen);
    outward.setOpen(!frozen);
    let lost = false;
    let ended = false;
    const half = () => latencyMs() / 2;
    const close = (reason: string) => {
      if (ended) return;
      ended = true;
      if (current === own) current = undefined;
      events.closed(reason);
    };
    const inner = real.connect({
      opened: () => inward.pass(half(), () => (lost ? undefined : events.opened())),
      received: (text) => inward.pass(half(), () => (lost ? undefined : events.received(text))),
      alive: () => inward.pass(half(), () => (lost ? undefined : events.alive())),
      closed: (reason) => {
        abandoned.delete(inner);
        inward.pass(0, () => close(reason));
      },
    });
    const own = {
      lose: (reason: string) => {
        lost = true;
        abandoned.add(inner);
        inward.clear();
        outward.clear();
        close(reason);
      },
      setOpen: (open: boolean) => {
        outward.setOpen(open);
        inward.setOpen(open);
      },
    };
    current = own;
    return {
      send: (text) => (lost ? undefined : outward.pass(half(), () => (lost ? undefined : inner.send(text)))),
      ping: () => (lost ? undefined : outward.pass(half(), () => (lost ? undefined : inner.ping()))),
      close: (reason) => outward.pass(half(), () => inner.close(reason)),
    };
  };

  return {
    connect: (events) => {
      if (up) return connectOver(events);
      clock.after(0, () => events.closed("the link is down"));
      return { send: () => undefined, ping: () => undefined, close: () => undefined };
    },
    setUp: (next) => {
      up = next;
      if (!up) current?.lose("the link is down");
      // The network is back: what hung in it is found to be dead.
      else for (const connection of abandoned) connection.close("the link was down");
    },
    setFrozen: (next) => {
      frozen = next;
      current?.setOpen(!next);
    },
  };
};
