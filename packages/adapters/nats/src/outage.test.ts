import { virtualClock } from "@fogline/fakes";
import type { Bus } from "@fogline/ports";
import { systemClock, systemRandom } from "@fogline/system";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openNats } from "./index.ts";
import { hasNats, natsNote, type PrivateNats, startPrivateNats } from "./private-server.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const never = () => new Promise<never>(() => {});

describe.skipIf(!hasNats)(`a NATS server that goes away${natsNote}`, () => {
  let server: PrivateNats;
  let buses: Bus[] = [];
  const lines: string[] = [];
  const log = {
    info: (_fields: object, message: string) => void lines.push(message),
    warn: (_fields: object, message: string) => void lines.push(message),
  };
  const open = async (): Promise<Bus> => {
    const bus = await openNats({ url: server.url }, { clock: systemClock, random: systemRandom, log });
    buses.push(bus);
    return bus;
  };
  /** Waits until the bus has noticed: from then on it refuses what it cannot send. */
  const cutOff = (bus: Bus) =>
    expect
      .poll(() =>
        bus.publish("events.probe", text("x")).then(
          () => "sent",
          ({ kind }) => kind,
        ),
      )
      .toBe("closed");
  /** Waits until the bus is back. */
  const restored = (bus: Bus) =>
    expect
      .poll(
        () =>
          bus.publish("events.probe", text("x")).then(
            () => "sent",
            ({ kind }) => kind,
          ),
        { timeout: 10_000 },
      )
      .toBe("sent");

  beforeEach(async () => {
    server = await startPrivateNats();
  });
  afterEach(async () => {
    for (const bus of buses) await bus.close();
    buses = [];
    lines.length = 0;
    await server.stop();
  });

  it("ends what waits with lost, whatever the responder does with it", async () => {
    const [caller, responder] = [await open(), await open()];
    let received = false;
    await responder.respond("op.a", () => {
      received = true;
      return never();
    });
    const asked = caller.request("op.a", text("x"), { timeoutMs: 60_000 });
    const ended = expect(asked).rejects.toMatchObject({ name: "BusError", kind: "lost" });
    await expect.poll(() => received).toBe(true);
    await server.kill();
    await ended;
  });

  it("refuses with closed what cannot be sent, and says so in the log once", async () => {
    const bus = await open();
    await server.kill();
    await cutOff(bus);
    await expect(bus.request("op.a", text("x"), { timeoutMs: 100 })).rejects.toMatchObject({ kind: "closed" });
    await expect(bus.publish("events.a", text("x"))).rejects.toMatchObject({ kind: "closed" });
    expect(lines).toEqual(["the connection to the NATS server is lost; trying again until it is back"]);
  });

  it("keeps subscribers and responders, those of before and those that came meanwhile", async () => {
    const [bus, other] = [await open(), await open()];
    const seen: string[] = [];
    await bus.respond("op.before", async ({ payload }) => ({ payload }));
    await bus.subscribe("events.before", async ({ subject }) => void seen.push(subject));
    await server.kill();
    await cutOff(bus);
    const meanwhile = bus.subscribe("events.meanwhile", async ({ subject }) => void seen.push(subject));
    await server.start();
    await meanwhile;
    await restored(other);
    for (const name of ["before", "meanwhile"]) await other.publish(`events.${name}`, text("x"));
    await expect.poll(() => [...seen].sort()).toEqual(["events.before", "events.meanwhile"]);
    expect((await other.request("op.before", text("x"), { timeoutMs: 5_000 })).payload).toEqual(text("x"));
    expect(lines).toContain("the NATS server is back");
  }, 20_000);

  it("does not bring back a subscription that was stopped while it was away", async () => {
    const [bus, other] = [await open(), await open()];
    const seen: string[] = [];
    const subscription = await bus.subscribe("events.a", async ({ subject }) => void seen.push(subject));
    await bus.subscribe("events.end", async ({ subject }) => void seen.push(subject));
    await server.kill();
    await cutOff(bus);
    await subscription.stop(50);
    await server.start();
    await restored(bus);
    await restored(other);
    for (const name of ["a", "end"]) await other.publish(`events.${name}`, text("x"));
    await expect.poll(() => seen).toContain("events.end");
    expect(seen).toEqual(["events.end"]);
  }, 20_000);

  it("can be closed while it is away", async () => {
    const bus = await open();
    await server.kill();
    await cutOff(bus);
    await bus.close();
    await expect(bus.publish("events.a", text("x"))).rejects.toMatchObject({ kind: "closed" });
  });

  it("lets a responder that stops at its deadline answer lost to a caller in another process", async () => {
    const clock = virtualClock();
    const caller = await open();
    const responder = await openNats({ url: server.url }, { clock, random: systemRandom });
    buses.push(responder);
    let received = false;
    await responder.respond("op.a", () => {
      received = true;
      return never();
    });
    const ended = expect(caller.request("op.a", text("x"), { timeoutMs: 60_000 })).rejects.toMatchObject({ kind: "lost" });
    await expect.poll(() => received).toBe(true);
    await responder.close();
    await ended;
  });

  it("refuses a header that cannot be sent, and has no call left that could time out later", async () => {
    const bus = await open();
    const timeouts: unknown[] = [];
    const note = (reason: unknown) => timeouts.push(reason);
    process.on("unhandledRejection", note);
    await expect(bus.request("op.a", text("x"), { timeoutMs: 20, headers: { half: "\ud800" } })).rejects.toBeInstanceOf(URIError);
    await systemClock.sleep(100);
    process.off("unhandledRejection", note);
    expect(timeouts).toEqual([]);
  });
});
