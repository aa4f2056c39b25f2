import type { Connection, Link, LinkEvents } from "@fogline/agent";
import { virtualClock } from "@fogline/fakes";
import { describe, expect, it } from "vitest";
import { virtualLink } from "./link.ts";

/** The network beneath, in the hands of the test. */
const network = () => {
  const arrived: string[] = [];
  const opened: { events: LinkEvents; connection: Connection; closed: boolean }[] = [];
  const link: Link = {
    connect: (events) => {
      const connection: Connection = {
        send: (text) => void arrived.push(text),
        ping: () => void arrived.push("ping"),
        close: (reason) => {
          if (entry.closed) return;
          entry.closed = true;
          events.closed(reason);
        },
      };
      const entry = { events, connection, closed: false };
      opened.push(entry);
      return connection;
    },
  };
  return { link, arrived, opened };
};

const connect = (latencyMs: () => number = () => 0) => {
  const clock = virtualClock(0);
  const { link, arrived, opened } = network();
  const virtual = virtualLink(link, { clock, latencyMs });
  const heard: string[] = [];
  const events: LinkEvents = {
    opened: () => void heard.push("opened"),
    received: (text) => void heard.push(text),
    alive: () => void heard.push("alive"),
    closed: (reason) => void heard.push(`closed: ${reason}`),
  };
  const connection = virtual.connect(events);
  opened[0]?.events.opened();
  return { clock, virtual, arrived, opened, heard, events, connection };
};

describe("a virtual link", () => {
  it("takes half of the latency each way and keeps the order, also when the latency shrinks", async () => {
    let latencyMs = 100;
    const { clock, arrived, heard, opened, connection } = connect(() => latencyMs);
    await clock.advance(50);
    connection.send("first");
    latencyMs = 0;
    connection.send("second");
    opened[0]?.events.received("answer");
    await clock.advance(49);
    expect(arrived).toEqual([]);
    await clock.advance(1);
    expect(arrived).toEqual(["first", "second"]);
    expect(heard).toEqual(["opened", "answer"]);
  });

  it("holds both directions while frozen, and lets them go in order when thawed", () => {
    const { virtual, arrived, heard, opened, connection } = connect();
    virtual.setFrozen(true);
    connection.send("one");
    connection.send("two");
    opened[0]?.events.received("three");
    opened[0]?.connection.close("the hub gave up");
    expect([arrived, heard]).toEqual([[], ["opened"]]);
    virtual.setFrozen(false);
    expect(arrived).toEqual(["one", "two"]);
    expect(heard).toEqual(["opened", "three", "closed: the hub gave up"]);
  });

  it("loses everything without a goodbye while it is down, and finds the old connection dead when it is back", async () => {
    const { clock, virtual, arrived, heard, opened, events, connection } = connect();
    virtual.setUp(false);
    expect(heard).toEqual(["opened", "closed: the link is down"]);
    connection.send("lost");
    opened[0]?.events.received("lost too");
    expect(opened[0]?.closed).toBe(false);
    virtual.connect(events);
    await clock.advance(1);
    expect(opened).toHaveLength(1);
    expect(heard.filter((what) => what.startsWith("closed"))).toHaveLength(2);
    virtual.setUp(true);
    expect(opened[0]?.closed).toBe(true);
    virtual.connect(events);
    expect(opened).toHaveLength(2);
    expect(arrived).toEqual([]);
    expect(heard).not.toContain("lost too");
  });
});
