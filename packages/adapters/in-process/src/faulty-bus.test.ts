import { faultyBus, seededRandom, virtualClock, type Weather } from "@fogline/fakes";
import { busSuite } from "@fogline/fakes/suites";
import { describe, expect, it } from "vitest";
import { inProcessBus } from "./index.ts";

const bytes = (value: number) => new Uint8Array([value]);

const network = (weather: Weather = {}, seed = 1) => {
  const clock = virtualClock();
  const random = seededRandom(seed);
  return { clock, net: faultyBus(inProcessBus({ clock, random }), { clock, random, weather }) };
};

busSuite("an endpoint of the faulty bus in good weather", async () => {
  const { clock, net } = network();
  const bus = net.endpoint("a");
  return { bus, pass: (ms) => clock.advance(ms), end: () => bus.close() };
});

describe("a partition", () => {
  it("keeps events from the other side, and only from there, until it is healed", async () => {
    const { clock, net } = network();
    const seen: string[] = [];
    for (const name of ["a", "b"]) await net.endpoint(name).subscribe("events.x", async ({ payload }) => void seen.push(`${name}${payload[0]}`));
    net.partition(["c"], ["b"]);
    await net.endpoint("c").publish("events.x", bytes(1));
    await clock.advance(1);
    net.heal();
    await net.endpoint("c").publish("events.x", bytes(2));
    await clock.advance(1);
    expect(seen.sort()).toEqual(["a1", "a2", "b2"]);
  });

  it("lets requests across it time out, without reaching the handler", async () => {
    const { clock, net } = network();
    let handled = 0;
    await net.endpoint("server").respond("op.a", async ({ payload }) => {
      handled++;
      return { payload };
    });
    net.partition(["client"], ["server"]);
    const failed = expect(net.endpoint("client").request("op.a", bytes(1), { timeoutMs: 100 })).rejects.toMatchObject({ kind: "timeout" });
    await clock.advance(100);
    await failed;
    expect(handled).toBe(0);
  });

  it("loses the answer of a request that was handled before it began", async () => {
    const { clock, net } = network();
    let handled = 0;
    await net.endpoint("server").respond("op.a", async ({ payload }) => {
      handled++;
      net.partition(["server"], ["client"]);
      return { payload };
    });
    const failed = expect(net.endpoint("client").request("op.a", bytes(1), { timeoutMs: 100 })).rejects.toMatchObject({ kind: "timeout" });
    await clock.advance(100);
    await failed;
    expect(handled).toBe(1);
  });
});

describe("bad weather", () => {
  const seenIn = async (weather: Weather, seed: number): Promise<number[]> => {
    const { clock, net } = network(weather, seed);
    const seen: number[] = [];
    await net.endpoint("a").subscribe("events.x", async ({ payload }) => void seen.push(payload[0] ?? -1));
    for (let value = 0; value < 50; value++) await net.endpoint("b").publish("events.x", bytes(value));
    await clock.advance(10_000);
    return seen;
  };

  it("loses and repeats events, the same ones for the same seed", async () => {
    const weather = { lossRate: 0.3, duplicateRate: 0.3, delayMs: 10 };
    const seen = await seenIn(weather, 3);
    expect(new Set(seen).size).toBeLessThan(50);
    expect(seen.length).toBeGreaterThan(new Set(seen).size);
    expect(await seenIn(weather, 3)).toEqual(seen);
    expect(await seenIn(weather, 4)).not.toEqual(seen);
  });

  it("clears up when it is told to", async () => {
    const { clock, net } = network({ lossRate: 1 });
    let seen = 0;
    await net.endpoint("a").subscribe("events.x", async () => void seen++);
    await net.endpoint("b").publish("events.x", bytes(1));
    await clock.advance(1);
    net.weather({});
    await net.endpoint("b").publish("events.x", bytes(2));
    await clock.advance(1);
    expect(seen).toBe(1);
  });
});
