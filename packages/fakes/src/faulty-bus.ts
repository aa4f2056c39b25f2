import { type Bus, BusError, type BusMessage, type Clock, type Headers, type Random } from "@fogline/ports";

/** What the weather does to messages between endpoints. Each decision is drawn from the network's Random. */
export interface Weather {
  /** Each message waits between 0 and this many milliseconds. */
  readonly delayMs?: number;
  /** Share of messages (0 to 1) that vanish on the way. */
  readonly lossRate?: number;
  /** Share of events (0 to 1) that are handled twice, and of requests. */
  readonly duplicateRate?: number;
}

/** A bus with named endpoints, between which the network can be bad or gone. */
export interface FaultyBus {
  /** The bus as the participant `name` sees it. */
  endpoint(name: string): Bus;
  /** Replaces the weather; messages on the way keep theirs. */
  weather(weather: Weather): void;
  /** Nothing passes between `one` and `other`, in either direction, until healed. Requests time out, they are not refused. */
  partition(one: readonly string[], other: readonly string[]): void;
  /** Ends every partition. */
  heal(): void;
}

const sender = "x-fake-from";
const vanished = "x-fake-vanished";

interface Network {
  readonly clock: Clock;
  /** Whether one message from `from` to `to` arrives, after its delay; false when it vanished. */
  arrives(from: string, to: string): Promise<boolean>;
  duplicates(): boolean;
}

const plain = ({ subject, payload, headers }: BusMessage): BusMessage => {
  const { [sender]: _from, [vanished]: _vanished, ...rest } = headers;
  return { subject, payload, headers: rest };
};

const nothing = new Uint8Array(0);

const endpointOn = (bus: Bus, network: Network, name: string): Bus => ({
  payloadBytesMax: bus.payloadBytesMax,
  publish: (subject, payload, headers) => bus.publish(subject, payload, { ...headers, [sender]: name }),
  subscribe: (subject, handler, options) =>
    bus.subscribe(
      subject,
      async (message) => {
        if (!(await network.arrives(message.headers[sender] ?? "", name))) return;
        await handler(plain(message));
        if (network.duplicates()) await handler(plain({ ...message, payload: new Uint8Array(message.payload) }));
      },
      options,
    ),
  request: async (subject, payload, options) => {
    const startMs = network.clock.monotonicMs();
    const answer = await bus.request(subject, payload, { ...options, headers: { ...options.headers, [sender]: name } });
    const gone = answer.headers[vanished] !== undefined || !(await network.arrives(answer.headers[sender] ?? "", name));
    const leftMs = options.timeoutMs - (network.clock.monotonicMs() - startMs);
    if (!gone && leftMs >= 0) return plain(answer);
    // Who never hears anything notices only when the time is up.
    await network.clock.sleep(Math.max(0, leftMs), options.signal);
    throw new BusError("timeout", subject, `no answer from ${subject} within ${options.timeoutMs} ms`);
  },
  respond: (subject, handler, options) =>
    bus.respond(
      subject,
      async (message) => {
        const own: Headers = { [sender]: name };
        if (!(await network.arrives(message.headers[sender] ?? "", name))) return { payload: nothing, headers: { ...own, [vanished]: "1" } };
        const answer = await handler(plain(message));
        // A duplicate's answer has nobody who waits for it, whatever it is.
        if (network.duplicates()) await handler(plain({ ...message, payload: new Uint8Array(message.payload) })).catch(() => {});
        return { payload: answer.payload, headers: { ...answer.headers, ...own } };
      },
      options,
    ),
  close: () => bus.close(),
});

/**
 * Puts a bad network around `bus`: delay, loss, duplication, partitions, deterministic from `random` and the order of messages. A participant
 * that uses `bus` itself has no name and is reached in every weather but not beyond partitions of others.
 */
export const faultyBus = (bus: Bus, { clock, random, weather = {} }: { clock: Clock; random: Random; weather?: Weather }): FaultyBus => {
  let now = weather;
  const cuts: { one: ReadonlySet<string>; other: ReadonlySet<string> }[] = [];
  const cut = (from: string, to: string) => cuts.some(({ one, other }) => (one.has(from) && other.has(to)) || (one.has(to) && other.has(from)));
  const network: Network = {
    clock,
    arrives: async (from, to) => {
      const { delayMs = 0, lossRate = 0 } = now;
      if (lossRate > 0 && random.unit() < lossRate) return false;
      if (delayMs > 0) await clock.sleep(random.unit() * delayMs);
      return !cut(from, to);
    },
    duplicates: () => (now.duplicateRate ?? 0) > 0 && random.unit() < (now.duplicateRate ?? 0),
  };
  return {
    endpoint: (name) => endpointOn(bus, network, name),
    weather: (next) => {
      now = next;
    },
    partition: (one, other) => {
      cuts.push({ one: new Set(one), other: new Set(other) });
    },
    heal: () => {
      cuts.length = 0;
    },
  };
};
