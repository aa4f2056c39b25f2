import { failureOf } from "@fogline/contracts";
import { seededRandom, virtualClock } from "@fogline/fakes";
import { fail, ok } from "@fogline/findings";
import { type BusFaults, inProcessBus } from "@fogline/in-process";
import { describe, expect, it } from "vitest";
import { createClient, handle, serve } from "./index.ts";
import { during, getDish, order, ring } from "./testing/kitchen.ts";

const world = (faults?: BusFaults, seed = 1) => {
  const ports = { clock: virtualClock(1_000_000), random: seededRandom(seed) };
  return { ...ports, bus: inProcessBus({ ...ports, ...(faults && { faults }) }), source: "kitchen" };
};

const dish = handle(getDish, async ({ dish, portions }) => ok({ dish, portions }));

describe("a call", () => {
  it("answers with the parsed response, defaults of the request filled in", async () => {
    const at = world();
    await serve(at.bus, [dish], at);
    const answer = await during(at.clock, createClient(at.bus, at).call(getDish, { dish: "soup" }));
    expect(answer).toEqual({ ok: true, value: { dish: "soup", portions: 1 } });
  });

  it("answers with the typed failure that the handler returned", async () => {
    const at = world();
    await serve(at.bus, [handle(getDish, async ({ dish }) => fail(failureOf(getDish, "soldOut", { dish })))], at);
    const answer = await during(at.clock, createClient(at.bus, at).call(getDish, { dish: "soup" }));
    expect(answer).toEqual({ ok: false, failure: { error: "soldOut", code: "FL4005", message: "soup is sold out", fields: { dish: "soup" } } });
  });
});
void order;
void ring;
