import type { Bus, BusMessage } from "@fogline/ports";

/** Breaks one promise of a bus. */
type Break = (bus: Bus) => Bus;

/** A bus whose subscribers get messages through `deliver`. */
const subscribing =
  (deliver: (handler: (message: BusMessage) => Promise<void>, number: number) => (message: BusMessage) => Promise<void>): Break =>
  (bus) => {
    let subscribers = 0;
    return { ...bus, subscribe: (subject, handler, options) => bus.subscribe(subject, deliver(handler, subscribers++), options) };
  };

/** A bus whose responders answer through `answer`. */
const responding =
  (answer: (handling: Promise<{ payload: Uint8Array }>) => Promise<{ payload: Uint8Array }>): Break =>
  (bus) => ({ ...bus, respond: (subject, handler, options) => bus.respond(subject, (message) => answer(handler(message)), options) });

const dropsOneInSeven = subscribing((handler) => {
  let count = 0;
  return async (message) => {
    if (++count % 7 !== 0) await handler(message);
  };
});

const deliversTwice = subscribing((handler) => async (message) => {
  await handler(message);
  await handler({ ...message, payload: Uint8Array.from(message.payload) });
});

const swapsNeighbours = subscribing((handler) => {
  let held: BusMessage | undefined;
  return async (message) => {
    if (held === undefined && new TextDecoder().decode(message.payload) === "3") {
      held = message;
      return;
    }
    await handler(message);
    const late = held;
    held = undefined;
    if (late !== undefined) await handler(late);
  };
});

const doesNotWait = subscribing((handler) => async (message) => {
  handler(message).catch(() => {});
});

const ignoresQueues: Break = (bus) => ({
  ...bus,
  subscribe: (subject, handler, { queue: _queue, ...options } = {}) => bus.subscribe(subject, handler, options),
});

const sharesEvents: Break = (bus) => {
  const sent: Uint8Array[] = [];
  return {
    ...bus,
    publish: (subject, payload, headers) => {
      sent.push(payload);
      return bus.publish(subject, payload, { ...headers, sent: String(sent.length - 1) });
    },
    subscribe: (subject, handler, options) =>
      bus.subscribe(subject, (message) => handler({ ...message, payload: sent[Number(message.headers.sent)] ?? message.payload }), options),
  };
};

const sharesAnswers: Break = (bus) => {
  const answers: Uint8Array[] = [];
  return {
    ...bus,
    respond: (subject, handler, options) =>
      bus.respond(
        subject,
        async (message) => {
          const answer = await handler(message);
          answers.push(answer.payload);
          return { ...answer, headers: { ...answer.headers, sent: String(answers.length - 1) } };
        },
        options,
      ),
    request: async (subject, payload, options) => {
      const answer = await bus.request(subject, payload, options);
      return { ...answer, payload: answers[Number(answer.headers.sent)] ?? answer.payload };
    },
  };
};

const deliversInsideOfPublish: Break = (bus) => {
  const handlers: ((message: BusMessage) => Promise<void>)[] = [];
  return {
    ...bus,
    subscribe: async (subject, handler, options) => {
      handlers.push(handler);
      return bus.subscribe(subject, async () => {}, options);
    },
    publish: async (subject, payload, headers) => {
      for (const handler of handlers) void handler({ subject, payload: Uint8Array.from(payload), headers: headers ?? {} }).catch(() => {});
    },
  };
};

const neverAnswers = responding((handling) => handling.then(() => new Promise<never>(() => {})));
const swallowsDeadHandlers = responding((handling) => handling.catch(() => ({ payload: new Uint8Array(0) })));

const neverTimesOut: Break = (bus) => ({
  ...bus,
  request: (subject, payload, options) => bus.request(subject, payload, { ...options, timeoutMs: 1_000_000_000 }),
});

const waitsForResponders: Break = (bus) => ({
  ...bus,
  request: (subject, payload, options) =>
    bus.request(subject, payload, options).catch((error) => (error.kind === "no-responders" ? new Promise(() => {}) : Promise.reject(error))),
});

const unlimited: Break = (bus) => ({
  ...bus,
  subscribe: (subject, handler, { pendingMax: _max, ...options } = {}) => bus.subscribe(subject, handler, options),
  respond: (subject, handler, { pendingMax: _max, ...options } = {}) => bus.respond(subject, handler, options),
});

const forgetsToStop: Break = (bus) => ({
  ...bus,
  subscribe: async (subject, handler, options) => {
    await bus.subscribe(subject, handler, options);
    return { stop: async () => {} };
  },
});

const ignoresDeadlines: Break = (bus) => ({
  ...bus,
  subscribe: async (subject, handler, options) => {
    const subscription = await bus.subscribe(subject, handler, options);
    return { stop: () => subscription.stop() };
  },
  respond: async (subject, handler, options) => {
    const subscription = await bus.respond(subject, handler, options);
    return { stop: () => subscription.stop() };
  },
});

const ignoresSignals: Break = (bus) => ({
  ...bus,
  request: (subject, payload, { signal: _signal, ...options }) => bus.request(subject, payload, options),
});

const doesNotClose: Break = (bus) => ({ ...bus, close: async () => {} });

/** Buses that break a promise on purpose: what is wrong with each, and the case that must fail over it. Tests of the suite run it over them. */
export const brokenBuses: readonly (readonly [fault: string, breaking: Break, name: string])[] = [
  ["drops events", dropsOneInSeven, "delivers every event to every subscriber"],
  ["delivers events twice", deliversTwice, "delivers each event once while the network is healthy"],
  ["swaps neighbours", swapsNeighbours, "keeps the order of a publisher, also when earlier events take longer to handle"],
  [
    "handles the next event before the last one is done",
    doesNotWait,
    "keeps the order of a publisher, also when earlier events take longer to handle",
  ],
  ["gives each event to all members of a queue", ignoresQueues, "gives each event to one member of a queue only, and to everyone outside of it"],
  ["shares the payload of events", sharesEvents, "shares no bytes between publisher and subscribers"],
  ["shares the payload of answers", sharesAnswers, "shares no bytes between caller and responder"],
  ["delivers inside of publish", deliversInsideOfPublish, "hands an event over in a later turn, never inside of publish"],
  ["never answers", neverAnswers, "answers a request with payload and headers"],
  ["swallows a dead handler", swallowsDeadHandlers, "answers lost when the handler rejects"],
  ["never times out", neverTimesOut, "ends in timeout when the answer does not come in time, not before, and drops a late answer"],
  ["lets callers wait for responders that do not exist", waitsForResponders, "says at once that nobody answers"],
  [
    "has no limit on what waits",
    unlimited,
    "loses what a full subscriber cannot take, tells the publisher where the bus can see it, and still serves the others",
  ],
  ["waits for stuck handlers beyond the deadline", ignoresDeadlines, "stops a subscription at its deadline although a handler never ends"],
  ["ignores a caller that gives up", ignoresSignals, "ends with the signal's reason when the caller gives up"],
  ["lets callers wait when it is closed", doesNotClose, "rejects with closed what waits when the bus is closed"],
  ["goes on delivering after stop", forgetsToStop, "stops a subscription: what was taken is finished, nothing new arrives"],
];
