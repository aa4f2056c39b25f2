import { errorOf, event, operation, stream } from "@fogline/contracts";
import { z } from "zod";

/** A small product to make calls about. */
const soldOut = errorOf("FL4005", z.object({ dish: z.string() }), ({ dish }) => `${dish} is sold out`);

export const getDish = operation({
  name: "kitchen.get",
  summary: "One dish.",
  role: "user",
  idempotency: "safe",
  http: { method: "GET", path: "/api/dishes/:dish" },
  request: z.object({ dish: z.string(), portions: z.coerce.number().int().min(1).default(1) }),
  response: z.object({ dish: z.string(), portions: z.int() }),
  errors: { soldOut },
});

export const order = operation({
  name: "kitchen.order",
  summary: "Order a dish.",
  role: "user",
  idempotency: "key",
  http: { method: "POST", path: "/api/orders" },
  request: z.object({ dish: z.string(), notes: z.object({ spicy: z.boolean().default(false) }).optional() }),
  response: z.object({ number: z.int(), dish: z.string() }),
  errors: { soldOut },
});

export const ring = operation({
  name: "kitchen.ring",
  summary: "Ring the bell once.",
  role: "service",
  idempotency: "none",
  request: z.object({}),
  response: z.object({}),
});

export const dishReady = event({ name: "kitchen.ready", summary: "A dish is ready.", data: z.object({ dish: z.string(), table: z.int() }) });

export const watchDishes = stream({
  name: "kitchen.watch",
  summary: "Dishes as they are ready.",
  role: "user",
  http: { method: "GET", path: "/api/dishes/watch" },
  request: z.object({ table: z.coerce.number().int().optional() }),
  item: z.object({ dish: z.string() }),
});

/** Lets virtual time pass until the promise settles; fails when it does not within `limitMs` of it. */
export const during = async <Value>(clock: { advance(ms: number): Promise<void> }, promise: Promise<Value>, limitMs = 120_000): Promise<Value> => {
  let settled = false;
  const watched = promise.finally(() => {
    settled = true;
  });
  watched.catch(() => {});
  for (let passedMs = 0; !settled && passedMs < limitMs; passedMs += 100) await clock.advance(100);
  if (!settled) throw new Error(`not settled within ${limitMs} ms of virtual time`);
  return watched;
};
