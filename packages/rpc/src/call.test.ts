import { failureOf, operation, orchestrationDefaults } from "@fogline/contracts";
import { seededRandom, virtualClock } from "@fogline/fakes";
import { fail, ok } from "@fogline/findings";
import { type BusFaults, inProcessBus } from "@fogline/in-process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createClient, handle, type RpcLog, serve } from "./index.ts";
import { during, getDish, order, ring } from "./testing/kitchen.ts";

const world = (faults?: BusFaults, seed = 1) => {
  const ports = { clock: virtualClock(1_000_000), random: seededRandom(seed) };
  const at = { ...ports, bus: inProcessBus({ ...ports, ...(faults && { faults }) }), source: "kitchen" };
  return { ...at, client: createClient(at.bus, at) };
};

const dish = handle(getDish, async (request) => ok(request));
const failureName = (result: { ok: boolean; failure?: { error: string } }) => (result.ok ? "ok" : result.failure?.error);

describe("a call", () => {
  it("answers with the parsed response, defaults of the request filled in", async () => {
    const at = world();
    await serve(at.bus, [dish], at);
    expect(await during(at.clock, at.client.call(getDish, { dish: "soup" }))).toEqual({ ok: true, value: { dish: "soup", portions: 1 } });
  });

  it("answers with the typed failure that the handler returned", async () => {
    const at = world();
    await serve(at.bus, [handle(getDish, async (request) => fail(failureOf(getDish, "soldOut", request)))], at);
    const answer = await during(at.clock, at.client.call(getDish, { dish: "soup" }));
    expect(answer).toEqual({ ok: false, failure: { error: "soldOut", code: "FL4005", message: "soup is sold out", fields: { dish: "soup" } } });
  });

  it("that does not fit the schema is refused with every problem at once", async () => {
    const at = world();
    await serve(at.bus, [dish], at);
    const answer = await during(at.clock, at.client.call(getDish, { dish: 7, portions: -1 } as never));
    expect(answer).toMatchObject({ ok: false, failure: { error: "refusedRequest", code: "FL4001" } });
    expect(!answer.ok && (answer.failure.fields as { problems: { path: string }[] }).problems.map(({ path }) => path)).toEqual(["dish", "portions"]);
  });

  it.each([
    ["NaN", Number.NaN],
    ["an infinite number", Number.POSITIVE_INFINITY],
    ["a date", new Date(0)],
    ["a function", () => {}],
    ["a big integer", 1n],
  ])("with %s is refused before it leaves, because JSON cannot carry it", async (_name, portions) => {
    const at = world();
    const answer = await at.client.call(getDish, { dish: "soup", portions });
    expect(answer).toMatchObject({ ok: false, failure: { error: "refusedRequest", fields: { problems: [{ path: "portions" }] } } });
  });

  it("drops keys that the other side does not know, also where its schema is strict", async () => {
    const at = world();
    const strict = operation({
      name: "strict.get",
      summary: "s",
      role: "service",
      idempotency: "safe",
      request: z.strictObject({ a: z.strictObject({ b: z.int() }) }),
      response: z.strictObject({ c: z.int() }),
    });
    await serve(at.bus, [handle(strict, async ({ a }) => ok({ c: Object.keys(a).length, new: true } as { c: number }))], at);
    const answer = await during(at.clock, at.client.call(strict, { a: { b: 1, newer: 2 }, newest: 3 } as { a: { b: number } }));
    expect(answer).toEqual({ ok: true, value: { c: 1 } });
  });

  it("whose handler throws is answered as internal, without details, which are in the log under the correlation id", async () => {
    const at = world();
    const errors: object[] = [];
    const log: RpcLog = { debug: () => {}, info: () => {}, warn: () => {}, error: (fields) => void errors.push(fields) };
    const broken = handle(getDish, async () => {
      throw new Error("the password is 1234");
    });
    await serve(at.bus, [broken], { ...at, log });
    const answer = await during(at.clock, at.client.call(getDish, { dish: "soup" }, { correlationId: "c-1" }));
    expect(answer).toMatchObject({ ok: false, failure: { error: "internal", code: "FL4011" } });
    expect(JSON.stringify(answer)).not.toContain("1234");
    expect(errors).toMatchObject([{ correlationId: "c-1", operation: "kitchen.get", err: { message: "the password is 1234" } }]);
  });

  it("with an answer too large for the bus is answered as internal", async () => {
    const at = world();
    await serve(at.bus, [handle(getDish, async () => ok({ dish: "x".repeat(at.bus.payloadBytesMax), portions: 1 }))], at);
    expect(failureName(await during(at.clock, at.client.call(getDish, { dish: "soup" })))).toBe("internal");
  });

  it("reaches only the replica whose address it names", async () => {
    const at = world();
    await serve(at.bus, [handle(getDish, async () => ok({ dish: "here", portions: 1 }))], { ...at, address: "pi-1" });
    await serve(at.bus, [handle(getDish, async () => ok({ dish: "there", portions: 1 }))], { ...at, address: "pi-2" });
    expect(await during(at.clock, at.client.call(getDish, { dish: "" }, { address: "pi-2" }))).toMatchObject({ value: { dish: "there" } });
    expect(await during(at.clock, at.client.call(getDish, { dish: "" }, { address: "pi-3" }))).toMatchObject({
      failure: { error: "unreachable", fields: { kind: "no-responders" } },
    });
  });

  it("says that the bus closed, and not that nobody answers, when it closes while the request is on its way", async () => {
    const at = world();
    await serve(at.bus, [handle(getDish, () => new Promise<never>(() => {}))], at);
    const answer = at.client.call({ ...getDish, idempotency: "none" }, { dish: "soup" });
    await at.bus.close();
    expect(await answer).toMatchObject({ failure: { error: "unreachable", fields: { kind: "closed" } } });
  });

  it("carries every JSON value there and back unchanged", async () => {
    const at = world();
    const echo = operation({
      name: "echo",
      summary: "e",
      role: "service",
      idempotency: "safe",
      request: z.object({ value: z.json() }),
      response: z.object({ value: z.json() }),
    });
    await serve(at.bus, [handle(echo, async (request) => ok(request))], at);
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ depthSize: "small" }), async (value) => {
        const plain = JSON.parse(JSON.stringify(value), (key, inner) => (key === "__proto__" ? undefined : inner)) as never;
        const answer = await during(at.clock, at.client.call(echo, { value: plain }));
        expect(answer).toEqual({ ok: true, value: { value: plain } });
      }),
      { numRuns: 50, examples: [[{ nested: { a: null, b: [1, ""] } }]] },
    );
    const named = JSON.parse('{ "__proto__": { "admin": true }, "kept": 1 }') as never;
    const answer = await during(at.clock, at.client.call(echo, { value: named }));
    expect(answer, "a key named __proto__ does not travel").toEqual({ ok: true, value: { value: { kept: 1 } } });
  });
});

describe("roles", () => {
  it.each([
    ["user", "user", "ok"],
    ["admin", "user", "ok"],
    ["service", "user", "ok"],
    ["node", "user", "forbidden"],
    ["anyone", "user", "forbidden"],
    ["admin", "service", "forbidden"],
  ] as const)("a caller with the role %s calls what needs %s: %s", async (role, needs, expected) => {
    const at = world();
    const gated = operation({ name: "gated", summary: "g", role: needs, idempotency: "safe", request: z.object({}), response: z.object({}) });
    await serve(at.bus, [handle(gated, async () => ok({}))], at);
    const answer = await during(at.clock, at.client.call(gated, {}, { principal: { name: "x", role } }));
    expect(failureName(answer)).toBe(expected);
  });
});

describe("a caller", () => {
  it("is told to the handler with name, role and session, and without a session where it has none", async () => {
    const at = world();
    const callers: unknown[] = [];
    const note = handle(ring, async (_request, { principal }) => {
      callers.push(principal);
      return ok({});
    });
    await serve(at.bus, [note], at);
    const principals = [{ name: "ada", role: "service", session: "s-1" } as const, { name: "hub", role: "service" } as const];
    for (const principal of principals) await during(at.clock, at.client.call(ring, {}, { principal }));
    expect(callers).toEqual(principals);
  });
});

describe("an unreliable network", () => {
  const counting = (at: ReturnType<typeof world>, failures: number) => {
    const calls: number[] = [];
    return at.bus
      .respond("op.kitchen.get", async () => {
        calls.push(at.clock.monotonicMs());
        if (calls.length <= failures) throw new Error("died");
        return { payload: new TextEncoder().encode('{"ok":true,"value":{"dish":"soup","portions":1}}') };
      })
      .then(() => calls);
  };

  it("is tried three times, with pauses that double and differ by chance", async () => {
    const at = world();
    const calls = await counting(at, 2);
    expect(failureName(await during(at.clock, at.client.call(getDish, { dish: "soup" })))).toBe("ok");
    const [first = 0, second = 0, third = 0] = calls;
    const backoffMs = orchestrationDefaults.retryBackoffMs;
    expect(second - first).toBeGreaterThanOrEqual(backoffMs / 2);
    expect(second - first).toBeLessThanOrEqual(backoffMs);
    expect(third - second).toBeGreaterThanOrEqual(backoffMs);
    expect(third - second).toBeLessThanOrEqual(backoffMs * 2);
  });

  it("gives up after the third attempt and says what happened", async () => {
    const at = world();
    const calls = await counting(at, 99);
    expect(failureName(await during(at.clock, at.client.call(getDish, { dish: "soup" })))).toBe("lost");
    expect(calls).toHaveLength(orchestrationDefaults.discoveryAttempts);
  });

  it.each([
    ["an operation that may be called once only", ring, {}, {}],
    ["an operation with keys that is called without one", order, { dish: "soup" }, {}],
  ] as const)("does not make %s be tried again", async (_name, declared, request, options) => {
    const at = world();
    let calls = 0;
    await at.bus.respond(`op.${declared.name}`, async () => {
      calls += 1;
      throw new Error("died");
    });
    expect(failureName(await during(at.clock, at.client.call(declared as typeof ring, request as never, options)))).toBe("lost");
    expect(calls).toBe(1);
  });

  it("that loses every message is a timeout of each attempt", async () => {
    const at = world({ lossRate: 1 });
    await serve(at.bus, [dish], at);
    const answer = await during(at.clock, at.client.call(ring, {}));
    expect(failureName(answer)).toBe("unreachable");
    const lost = await during(at.clock, at.client.call(getDish, { dish: "soup" }, { timeoutMs: 1_000 }));
    expect(lost).toMatchObject({ ok: false, failure: { error: "timeout", code: "FL4008" } });
  });

  it("ends the wait when the caller gives up", async () => {
    const at = world({ lossRate: 1 });
    await serve(at.bus, [dish], at);
    const caller = new AbortController();
    const answer = at.client.call(getDish, { dish: "soup" }, { signal: caller.signal });
    await at.clock.advance(100);
    caller.abort(new Error("enough"));
    expect(await answer).toMatchObject({ ok: false, failure: { error: "timeout", message: "the caller stopped waiting for op.kitchen.get" } });
  });

  it("that loses, delays and repeats messages still gives each call one right answer or a named failure", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.double({ min: 0, max: 0.5, noNaN: true }), async (seed, rate) => {
        const at = world({ lossRate: rate, duplicateRate: rate, delayMs: 200, reorder: true }, seed);
        await serve(at.bus, [dish], at);
        const answers = await Promise.all(
          [1, 2, 3].map((portions) => during(at.clock, at.client.call(getDish, { dish: "soup", portions }, { timeoutMs: 1_000 }))),
        );
        for (const [index, answer] of answers.entries()) {
          if (answer.ok) expect(answer.value.portions).toBe(index + 1);
          else expect(["timeout", "breakerOpen"]).toContain(answer.failure.error);
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe("the circuit breaker", () => {
  const dying = async (at: ReturnType<typeof world>) => {
    const state = { calls: 0, alive: false };
    await at.bus.respond("op.kitchen.ring", async () => {
      state.calls += 1;
      if (!state.alive) throw new Error("died");
      return { payload: new TextEncoder().encode('{"ok":true,"value":{}}') };
    });
    const call = () => during(at.clock, at.client.call(ring, {})).then(failureName);
    return { state, call };
  };

  it("opens after five failures in a row, lets one call try after 30 s, and closes when that succeeds", async () => {
    const at = world();
    const { state, call } = await dying(at);
    for (let count = 0; count < orchestrationDefaults.breakerFailures; count++) expect(await call()).toBe("lost");
    expect(await call()).toBe("breakerOpen");
    expect(state.calls).toBe(5);
    await at.clock.advance(orchestrationDefaults.breakerOpenMs - 1_000);
    expect(await call()).toBe("breakerOpen");
    state.alive = true;
    await at.clock.advance(1_000);
    expect(await call()).toBe("ok");
    expect(await call()).toBe("ok");
  });

  it("opens again for another 30 s when the call that tries fails", async () => {
    const at = world();
    const { state, call } = await dying(at);
    for (let count = 0; count < 5; count++) await call();
    await at.clock.advance(30_000);
    expect(await call()).toBe("lost");
    expect(await call()).toBe("breakerOpen");
    expect(state.calls).toBe(6);
  });

  it("does not count typed failures: they are answers", async () => {
    const at = world();
    await serve(at.bus, [handle(getDish, async (request) => fail(failureOf(getDish, "soldOut", request)))], at);
    for (let count = 0; count < 8; count++) expect(failureName(await during(at.clock, at.client.call(getDish, { dish: "soup" })))).toBe("soldOut");
  });

  it("does not keep callers away from a service that was absent and came back", async () => {
    const at = world();
    for (let count = 0; count < 8; count++)
      expect(failureName(await during(at.clock, at.client.call(getDish, { dish: "soup" })))).toBe("unreachable");
    await serve(at.bus, [dish], at);
    expect(failureName(await during(at.clock, at.client.call(getDish, { dish: "soup" })))).toBe("ok");
  });

  it("of one target leaves the others alone", async () => {
    const at = world();
    const { call } = await dying(at);
    await serve(at.bus, [dish], at);
    for (let count = 0; count < 5; count++) await call();
    expect(failureName(await during(at.clock, at.client.call(getDish, { dish: "soup" })))).toBe("ok");
  });
});

describe("the bulkhead", () => {
  it("refuses calls to a target beyond those that run and those that may wait", async () => {
    const at = world();
    const client = createClient(at.bus, { ...at, breaker: { concurrencyMax: 2, pendingMax: 1 } });
    const release = Promise.withResolvers<void>();
    await serve(at.bus, [handle(ring, async () => release.promise.then(() => ok({})))], at);
    const calls = [1, 2, 3, 4].map(() => client.call(ring, {}).then(failureName));
    await at.clock.advance(10);
    release.resolve();
    expect(await during(at.clock, Promise.all(calls))).toEqual(["ok", "ok", "ok", "unreachable"]);
  });
});

describe("a server that stops", () => {
  it("finishes what runs, and takes nothing new", async () => {
    const at = world();
    const release = Promise.withResolvers<void>();
    const served = await serve(at.bus, [handle(getDish, async (request) => release.promise.then(() => ok(request)))], at);
    const running = at.client.call(getDish, { dish: "soup" });
    await at.clock.advance(10);
    const stopped = served.stop(1_000);
    release.resolve();
    await during(at.clock, stopped);
    expect(failureName(await during(at.clock, running))).toBe("ok");
    expect(failureName(await during(at.clock, at.client.call(getDish, { dish: "soup" })))).toBe("unreachable");
  });

  it("aborts what still runs at the deadline", async () => {
    const at = world();
    const aborted = Promise.withResolvers<void>();
    const stuck = handle(getDish, async (_request, { signal }) => {
      signal.addEventListener("abort", () => aborted.resolve());
      return new Promise<never>(() => {});
    });
    const served = await serve(at.bus, [stuck], at);
    void at.client.call(getDish, { dish: "soup" });
    await at.clock.advance(10);
    void served.stop(1_000);
    await during(at.clock, aborted.promise);
  });
});
