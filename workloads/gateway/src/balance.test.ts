import { getTask, operation } from "@fogline/contracts";
import { seededRandom, virtualClock } from "@fogline/fakes";
import { fail, ok } from "@fogline/findings";
import { inProcessBus } from "@fogline/in-process";
import { createClient, handle, serve } from "@fogline/rpc";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { balancedClient } from "./balance/client.ts";
import { Replicas } from "./balance/replicas.ts";
import { type Hub, openHub } from "./testing/hub.ts";
import { newPolicy, openReplicas } from "./testing/replicas.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
const open = async (settings: Record<string, unknown> = {}) => {
  const hub = await openHub({ principalRatePerSecond: 100_000, addressRatePerSecond: 100_000, ...settings });
  const replicas = await openReplicas(hub);
  closing.push(
    () => hub.close(),
    () => replicas.close(),
  );
  return { hub, replicas };
};

const put = (hub: Hub, name: string) =>
  hub.api(`/api/policies/${name}`, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify(newPolicy(name)) });

describe("the replicas of a service", () => {
  it("share the requests that come over HTTP, as the setting says", async () => {
    const { hub, replicas } = await open({ balance: "round-robin" });
    const [first, second] = [await replicas.add("policy-0"), await replicas.add("policy-1")];
    for (let turn = 0; turn < 10; turn++) expect((await hub.api("/api/policies")).status).toBe(200);
    expect([first.length, second.length]).toEqual([5, 5]);
  });

  it("can be chosen in another way for one type of service", async () => {
    const { hub, replicas } = await open({ site: "lab", region: "eu", balanceByService: { policy: "nearest" } });
    const far = await replicas.add("policy-0", undefined, { site: "attic", region: "us" });
    const near = await replicas.add("policy-1", undefined, { site: "lab", region: "eu" });
    for (let turn = 0; turn < 6; turn++) await hub.api("/api/policies");
    expect([far.length, near.length]).toEqual([0, 6]);
  });

  it("lose no idempotent request when one of them is killed under load without a goodbye", async () => {
    const { hub, replicas } = await open();
    const started = Promise.withResolvers<void>();
    // Several turns of the event loop, so that calls are held when the replica goes.
    const busy = async () => {
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    };
    let asked = 0;
    const counting = async () => {
      asked += 1;
      if (asked === 40) started.resolve();
      await busy();
    };
    for (const id of ["policy-0", "policy-1", "policy-2"]) await replicas.add(id, counting);
    const statuses: number[] = [];
    const worker = async (name: string) => {
      for (let turn = 0; turn < 20; turn++) {
        const answer = turn % 4 === 0 ? await put(hub, `${name}-${turn}`) : await hub.api("/api/policies");
        statuses.push(answer.status);
        await answer.arrayBuffer();
      }
    };
    const load = Array.from({ length: 12 }, (_, index) => worker(`w${index}`));
    await started.promise;
    await replicas.kill("policy-1");
    await Promise.all(load);
    expect(statuses).toHaveLength(240);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });
});

const once = operation({
  ...{ name: "kitchen.ring", summary: "Ring the bell.", role: "user", idempotency: "none" },
  request: z.object({}),
  response: z.object({ by: z.string() }),
});
const look = operation({
  ...{ name: "kitchen.look", summary: "Look at the bell.", role: "user", idempotency: "safe" },
  request: z.object({}),
  response: z.object({ by: z.string() }),
});

describe("a call that a replica lost", () => {
  const world = async () => {
    const [clock, random] = [virtualClock(1_000), seededRandom(3)];
    const bus = inProcessBus({ clock, random });
    const client = createClient(bus, { clock, random, source: "test" });
    const replicas = await openReplicas({ bus, clock, random, client });
    const rung: string[] = [];
    const served = new Map<string, Awaited<ReturnType<typeof serve>>>();
    const add = async (id: string, answers: () => Promise<void> = async () => {}) => {
      const answer = (what: string) => async () => {
        rung.push(`${what} ${id}`);
        await answers();
        return ok({ by: id });
      };
      served.set(
        id,
        await serve(bus, [handle(once, answer("ring")), handle(look, answer("look"))], { clock, random, source: "kitchen", instance: id }),
      );
      await replicas.list(id, {}, { type: "kitchen", operations: [once.name, look.name] });
    };
    const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    const known = new Replicas({ client, clock, random, log: silent, here: {}, balance: "round-robin", balanceByService: {} });
    await known.start();
    closing.push(() => known.stop());
    const balanced = balancedClient({ client, replicas: known, clock, instance: "gateway-0" });
    return { clock, add, rung, served, balanced };
  };
  const never = () => new Promise<void>(() => {});

  it("goes to another one at once when it may be repeated", async () => {
    const { clock, add, rung, served, balanced } = await world();
    await add("a", never);
    await add("b");
    await clock.advance(10);
    const looking = balanced.call(look, {});
    await clock.advance(0);
    const stopping = served.get("a")?.stop(0);
    await clock.advance(0);
    expect(await looking).toEqual({ ok: true, value: { by: "b" } });
    await stopping;
    expect(rung).toEqual(["look a", "look b"]);
  });

  it("is not made again when it may have had an effect and must not have two", async () => {
    const { clock, add, rung, served, balanced } = await world();
    await add("a", never);
    await add("b");
    await clock.advance(10);
    const ringing = balanced.call(once, {});
    await clock.advance(0);
    void served.get("a")?.stop(0);
    await clock.advance(0);
    expect(await ringing).toMatchObject({ ok: false, failure: { error: "lost" } });
    expect(rung).toEqual(["ring a"]);
  });

  it("goes to another one, whatever it is, when it reached nobody", async () => {
    const { clock, add, rung, served, balanced } = await world();
    await add("a");
    await add("b");
    await clock.advance(10);
    await served.get("a")?.stop(0);
    const ringing = balanced.call(once, {});
    await clock.advance(0);
    expect(await ringing).toEqual({ ok: true, value: { by: "b" } });
    expect(rung).toEqual(["ring b"]);
  });

  it("leaves that replica alone for a while, then tries it again", async () => {
    const { clock, add, rung, served, balanced } = await world();
    await add("a");
    await add("b");
    await clock.advance(10);
    await served.get("a")?.stop(0);
    await balanced.call(once, {});
    const by = async () => {
      const answer = balanced.call(look, {});
      await clock.advance(0);
      await answer;
      return rung.at(-1);
    };
    expect([await by(), await by()]).toEqual(["look b", "look b"]);
    await add("a");
    await clock.advance(2_000);
    expect(new Set([await by(), await by()])).toEqual(new Set(["look a", "look b"]));
  });

  it("goes to whoever serves the operation when no replica is known", async () => {
    const { clock, balanced } = await world();
    const asking = balanced.call(getTask, { id: "t-1" });
    await clock.advance(120_000);
    expect(await asking).toEqual(fail(expect.objectContaining({ error: "unreachable" }) as never));
  });
});
