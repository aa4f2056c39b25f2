import { failureOf, type Operation, operation, type Stream } from "@fogline/contracts";
import { seededRandom, virtualClock } from "@fogline/fakes";
import { fail, ok, type Result } from "@fogline/findings";
import { inProcessBus } from "@fogline/in-process";
import { type FastifyInstance, fastify } from "fastify";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { targetOf } from "./http-audit.ts";
import { entityTagOf, namesTag } from "./http-cache.ts";
import type { AnyFailure, Audit, Change, Client, HttpOptions, Outcome, Principal } from "./index.ts";
import { createClient, handle, mountHttp, serve } from "./index.ts";
import { during, getDish, order, watchDishes } from "./testing/kitchen.ts";

interface Call {
  readonly name: string;
  readonly request: unknown;
  readonly options: unknown;
}

const servers: FastifyInstance[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const anyoneMay = operation({
  name: "kitchen.menu",
  summary: "The menu.",
  role: "anyone",
  idempotency: "safe",
  http: { method: "GET", path: "/api/menu" },
  request: z.object({ deep: z.object({ spicy: z.boolean().default(false) }).optional() }),
  response: z.object({ dishes: z.array(z.string()) }),
});

/** A bus would only stand between the route and what it calls, so the far side is a list of answers. */
const site = (answer: (call: Call) => Result<unknown, AnyFailure> = () => ok({}), more: Partial<HttpOptions> = {}) => {
  const calls: Call[] = [];
  const client = {
    call: async (contract: Operation, request: unknown, options: unknown) => {
      const call = { name: contract.name, request, options };
      calls.push(call);
      return answer(call);
    },
    poll: async (contract: Stream, request: unknown, options: unknown) => {
      const call = { name: contract.name, request, options };
      calls.push(call);
      return answer(call);
    },
  } as unknown as Client;
  const server = fastify({ bodyLimit: 10_000, forceCloseConnections: true });
  servers.push(server);
  const people: Record<string, Principal> = { ann: { name: "ann", role: "user" }, pi: { name: "pi", role: "node" } };
  const identify = async (request: { headers: { authorization?: string | undefined } }) =>
    people[request.headers.authorization?.slice("Bearer ".length) ?? ""];
  mountHttp(server, { client, contracts: [getDish, order, anyoneMay, watchDishes] as unknown as Operation[], identify, ...more });
  const ann = { authorization: "Bearer ann" };
  return { calls, server, ann };
};

describe("an HTTP route", () => {
  it("merges path and query into the request and passes on who asks", async () => {
    const { server, calls, ann } = site(() => ok({ dish: "soup", portions: 2 }));
    const answer = await server.inject({ url: "/api/dishes/soup?portions=2", headers: { ...ann, "x-request-id": "r-1" } });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ dish: "soup", portions: 2 });
    expect(answer.headers["x-request-id"]).toBe("r-1");
    expect(calls).toMatchObject([
      { name: "kitchen.get", request: { dish: "soup", portions: "2" }, options: { correlationId: "r-1", principal: { name: "ann", role: "user" } } },
    ]);
  });

  it("takes the body, and the key that makes repeating safe", async () => {
    const { server, calls, ann } = site(() => ok({ number: 1, dish: "soup" }));
    await server.inject({ method: "POST", url: "/api/orders", headers: { ...ann, "idempotency-key": "k1" }, payload: { dish: "soup" } });
    expect(calls).toMatchObject([{ name: "kitchen.order", request: { dish: "soup" }, options: { idempotencyKey: "k1" } }]);
  });

  it("refuses who is not signed in with 401, and who may not with 403", async () => {
    const { server, calls } = site();
    const unknown = await server.inject({ url: "/api/dishes/soup" });
    expect([unknown.statusCode, unknown.headers["www-authenticate"], unknown.json().code]).toEqual([401, "Bearer", "FL4002"]);
    const node = await server.inject({ url: "/api/dishes/soup", headers: { authorization: "Bearer pi" } });
    expect([node.statusCode, node.json().code]).toEqual([403, "FL4003"]);
    expect(calls).toEqual([]);
  });

  it("lets anyone call what is declared for anyone", async () => {
    const { server } = site(() => ok({ dishes: [] }));
    expect((await server.inject({ url: "/api/menu" })).statusCode).toBe(200);
  });

  it("names every unknown field with the nearest known one, and every misfit, at once", async () => {
    const { server, calls, ann } = site();
    const payload = { dsh: "soup", notes: { spicey: true, spicy: "very" } };
    const answer = await server.inject({ method: "POST", url: "/api/orders", headers: ann, payload });
    expect(answer.statusCode).toBe(400);
    expect(answer.headers["content-type"]).toContain("application/problem+json");
    expect(answer.json()).toMatchObject({
      type: "docs/errors.md#fl4001",
      title: "request does not fit the schema",
      status: 400,
      code: "FL4001",
      instance: answer.headers["x-request-id"],
    });
    expect(answer.json().errors).toMatchObject([
      { path: "dsh", message: 'there is no field "dsh"', remedy: 'Did you mean "dish"?' },
      { path: "notes.spicey", remedy: 'Did you mean "spicy"?' },
      { path: "dish" },
      { path: "notes.spicy" },
    ]);
    expect(calls).toEqual([]);
  });

  it("refuses a query that contradicts the path", async () => {
    const { server, ann } = site();
    const answer = await server.inject({ url: "/api/dishes/soup?dish=cake", headers: ann });
    expect(answer.json()).toMatchObject({ code: "FL4001", errors: [{ path: "dish", message: "the path and the query name different values" }] });
  });

  it("refuses a body that contradicts the query, whatever it holds there", async () => {
    const { server, ann } = site();
    const answer = await server.inject({ method: "POST", url: "/api/orders?dish=soup", headers: ann, payload: { dish: { toString: 1 } } });
    expect([answer.statusCode, answer.json().errors[0].message]).toEqual([400, "the query and the body name different values"]);
  });

  it("refuses a NUL character wherever it is, by its place", async () => {
    const { server, calls, ann } = site();
    const places = async (url: string, payload?: object) => {
      const asked = payload === undefined ? { url, headers: ann } : { method: "POST" as const, url, headers: ann, payload };
      const answer = await server.inject(asked);
      return [answer.statusCode, answer.json().code, answer.json().errors.map(({ path }: { path: string }) => path)];
    };
    expect(await places("/api/dishes/so%00up")).toEqual([400, "FL4001", ["dish"]]);
    expect(await places("/api/orders", { dish: "\0" })).toEqual([400, "FL4001", ["dish"]]);
    expect(calls).toEqual([]);
  });

  it("refuses a body that is nested without end", async () => {
    const { server, ann } = site();
    const payload = `{"dish":${"[".repeat(4_000)}${"]".repeat(4_000)}}`;
    const answer = await server.inject({ method: "POST", url: "/api/orders", headers: { ...ann, "content-type": "application/json" }, payload });
    expect([answer.statusCode, answer.json().code]).toEqual([400, "FL4001"]);
  });

  it.each([
    ["that is a list", "[1]", "FL4001"],
    ["that is a text", '"text"', "FL4001"],
    ["that is not JSON", "{", "FL4018"],
    ["that is not UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), "FL4018"],
    ["that is too large", `{"dish":"${"x".repeat(20_000)}"}`, "FL4006"],
  ])("answers a body %s", async (_name, payload, code) => {
    const { server, ann } = site();
    const answer = await server.inject({ method: "POST", url: "/api/orders", headers: { ...ann, "content-type": "application/json" }, payload });
    expect(answer.json().code).toBe(code);
    expect(answer.json().status).toBe(answer.statusCode);
  });

  it("refuses other media types with FL4018", async () => {
    const { server, ann } = site();
    const answer = await server.inject({ method: "POST", url: "/api/orders", headers: { ...ann, "content-type": "text/csv" }, payload: "a,b" });
    expect([answer.statusCode, answer.json().code]).toEqual([400, "FL4018"]);
  });

  it("answers typed failures with the status of their code and the facts behind them", async () => {
    const { server, ann } = site(() => fail({ error: "soldOut", code: "FL4005", message: "soup is sold out", fields: { dish: "soup" } }));
    const answer = await server.inject({ url: "/api/dishes/soup", headers: ann });
    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toMatchObject({ code: "FL4005", detail: "soup is sold out", fields: { dish: "soup" } });
  });

  it("hides what went wrong inside", async () => {
    const { server, ann } = site(() => {
      throw new Error("the password is 1234");
    });
    const answer = await server.inject({ url: "/api/dishes/soup", headers: ann });
    expect([answer.statusCode, answer.json().code]).toEqual([500, "FL4011"]);
    expect(answer.body).not.toContain("1234");
  });

  it("makes a request id when the caller's is none", async () => {
    const { server, ann } = site();
    const answer = await server.inject({ url: "/api/dishes/soup", headers: { ...ann, "x-request-id": "a\tb" } });
    expect(answer.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe("a route over a bus", () => {
  it("answers what the service answers, and refuses what the service refuses", async () => {
    const clock = virtualClock(1_000_000);
    const random = seededRandom(2);
    const bus = inProcessBus({ clock, random });
    const about = { clock, random, source: "gateway" };
    await serve(
      bus,
      [handle(getDish, async ({ dish }) => (dish === "cake" ? fail(failureOf(getDish, "soldOut", { dish })) : ok({ dish, portions: 1 })))],
      about,
    );
    const server = fastify();
    servers.push(server);
    const identify = async () => ({ name: "ann", role: "user" }) as const;
    mountHttp(server, { client: createClient(bus, about), contracts: [getDish as unknown as Operation], identify });
    const get = async (url: string) => {
      const answer = await during(clock, Promise.resolve(server.inject({ url })));
      return [answer.statusCode, answer.json()];
    };
    expect(await get("/api/dishes/soup")).toEqual([200, { dish: "soup", portions: 1 }]);
    expect(await get("/api/dishes/cake")).toMatchObject([409, { code: "FL4005", detail: "cake is sold out" }]);
    expect(await get("/api/dishes/soup?portions=0")).toMatchObject([400, { code: "FL4001", errors: [{ path: "portions" }] }]);
  });
});

describe("a stream over HTTP", () => {
  const items = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => ({ cursor: String(from + index), item: { dish: `d${from + index}` } }));

  it("is server-sent events whose ids are cursors, with a heartbeat when nothing happens", async () => {
    const pages = [items(1, 2), [], items(3, 1)];
    const { server, ann } = site(() => {
      const page = pages.shift();
      return page === undefined ? fail({ error: "unreachable", code: "FL4009", message: "gone", fields: {} }) : ok(page);
    });
    const answer = await server.inject({ url: "/api/dishes/watch", headers: ann });
    expect(answer.headers["content-type"]).toBe("text/event-stream; charset=utf-8");
    expect(answer.body).toBe(
      'retry: 2000\n\nid: 1\ndata: {"dish":"d1"}\n\nid: 2\ndata: {"dish":"d2"}\n\n: heartbeat\n\nid: 3\ndata: {"dish":"d3"}\n\n',
    );
  });

  it("goes on after Last-Event-ID and waits 15 s at most for the next item", async () => {
    const { server, calls, ann } = site(({ options }) =>
      (options as { waitMs: number }).waitMs === 0 ? ok([]) : fail({ error: "lost", code: "FL4009", message: "", fields: {} }),
    );
    await server.inject({ url: "/api/dishes/watch?table=3", headers: { ...ann, "last-event-id": "41" } });
    expect(calls).toMatchObject([{ request: { table: "3" }, options: { after: "41", waitMs: 0 } }, { options: { after: "41", waitMs: 15_000 } }]);
  });

  it("that cannot be opened is a problem like any other", async () => {
    const { server, ann } = site(() => fail({ error: "unreachable", code: "FL4009", message: "nobody answers", fields: {} }));
    const answer = await server.inject({ url: "/api/dishes/watch", headers: ann });
    expect([answer.statusCode, answer.json().code]).toEqual([503, "FL4009"]);
  });

  it("ends when the client leaves", async () => {
    const left = Promise.withResolvers<void>();
    const { server, ann } = site(({ options }) => {
      const { signal, waitMs } = options as { signal: AbortSignal; waitMs: number };
      if (waitMs > 0) signal.addEventListener("abort", () => left.resolve());
      return waitMs === 0 ? ok([]) : (new Promise(() => {}) as never);
    });
    const url = await server.listen({ host: "127.0.0.1", port: 0 });
    const client = new AbortController();
    const answer = await fetch(`${url}/api/dishes/watch`, { headers: ann, signal: client.signal });
    expect(answer.status).toBe(200);
    client.abort();
    await left.promise;
  });
});

describe("a change over HTTP with an audit", () => {
  type Entry = [Outcome, Change, { status: number; code: string | null } | undefined];
  const audited = (answer?: () => Result<unknown, AnyFailure>, refuses: Outcome[] = []) => {
    const written: Entry[] = [];
    const audit: Audit = {
      record: async (change, outcome, how) => {
        if (refuses.includes(outcome)) throw new Error("the disk is full");
        written.push([outcome, change, how]);
      },
    };
    const made = site(
      ({ name }) => {
        written.push(["attempted", { operation: `${name} reaches the service` } as Change, undefined]);
        return answer?.() ?? ok({ number: 1, dish: "soup" });
      },
      { audit },
    );
    const shown = () =>
      written.map(([outcome, { operation, target, principal }, how]) => [outcome, operation, target, principal?.name, how?.status, how?.code]);
    const send = (headers: Record<string, string> = made.ann, payload: object = { dish: "soup" }) =>
      made.server.inject({ method: "POST", url: "/api/orders", headers, payload });
    return { ...made, written, shown, send };
  };

  it("is written before it reaches the service and before its answer leaves", async () => {
    const { shown, send } = audited();
    expect((await send()).statusCode).toBe(200);
    expect(shown()).toEqual([
      ["attempted", "kitchen.order", null, "ann", undefined, undefined],
      ["attempted", "kitchen.order reaches the service", undefined, undefined, undefined, undefined],
      ["done", "kitchen.order", null, "ann", 200, null],
    ]);
  });

  it("that ends badly is written as refused when the caller can mend it, else as failed", async () => {
    const refusal = audited(() => fail({ error: "soldOut", code: "FL4005", message: "soup is sold out", fields: { dish: "soup" } }));
    await refusal.send();
    expect(refusal.shown().at(-1)).toEqual(["refused", "kitchen.order", null, "ann", 409, "FL4005"]);
    const failure = audited(() => fail({ error: "timeout", code: "FL4008", message: "late", fields: {} }));
    await failure.send();
    expect(failure.shown().at(-1)).toEqual(["failed", "kitchen.order", null, "ann", 504, "FL4008"]);
  });

  it("by somebody who may not is written as refused; one that does not fit is not written", async () => {
    const { calls, shown, send } = audited();
    expect((await send({ authorization: "Bearer pi" })).statusCode).toBe(403);
    expect((await send({})).statusCode).toBe(401);
    expect((await send(undefined, { dsh: "soup" })).statusCode).toBe(400);
    expect(shown()).toEqual([
      ["refused", "kitchen.order", null, "pi", 403, "FL4003"],
      ["refused", "kitchen.order", null, "nobody", 401, "FL4002"],
    ]);
    expect(calls).toEqual([]);
  });

  it("is refused when the attempt cannot be written, and is not told as done when its end cannot", async () => {
    const before = audited(undefined, ["attempted"]);
    const refused = await before.send();
    expect([refused.statusCode, refused.json().code, before.calls.length]).toEqual([503, "FL4009", 0]);
    const after = audited(undefined, ["done"]);
    const unknown = await after.send();
    expect([unknown.statusCode, unknown.json().detail, after.calls.length]).toEqual([503, expect.stringContaining("look before you try again"), 1]);
    const refusals = audited(undefined, ["refused"]);
    expect((await refusals.send({})).statusCode).toBe(401);
  });

  it("is all that is written: a read leaves nothing", async () => {
    const { server, ann, shown } = audited(() => ok({ dish: "soup", portions: 1 }));
    await server.inject({ url: "/api/dishes/soup", headers: ann });
    expect(shown()).toEqual([["attempted", "kitchen.get reaches the service", undefined, undefined, undefined, undefined]]);
  });
});

describe("what a change is done to", () => {
  it("is what its path names, else its id, name or node, and never what proves something", () => {
    expect(targetOf({ id: "pi-1" }, { name: "x" })).toBe("pi-1");
    expect(targetOf({ site: "lab", id: "pi-1" })).toBe("lab/pi-1");
    expect(targetOf({}, { node: "pi-2", name: "task" })).toBe("task");
    expect(targetOf({ token: "fle_secret" }, { password: "hunter2" })).toBeNull();
    expect(targetOf(undefined, { id: 7 })).toBeNull();
    expect(targetOf({ id: "x".repeat(500) })).toHaveLength(200);
  });
});

describe("an entity tag", () => {
  it("is the same for the same bytes only, and is named with or without W/ and among others", () => {
    const tag = entityTagOf('{"dish":"soup"}');
    expect(entityTagOf('{"dish":"soup"}')).toBe(tag);
    expect(entityTagOf('{"dish":"soup" }')).not.toBe(tag);
    expect([tag, `W/${tag}`, `"a", ${tag}`, "*"].map((header) => namesTag(header, tag))).toEqual([true, true, true, true]);
    expect([undefined, "", '"a"', tag.slice(1, -1)].map((header) => namesTag(header, tag))).toEqual([false, false, false, false]);
  });
});
