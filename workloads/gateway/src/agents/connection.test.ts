import type { FromAgent, FromHub } from "@fogline/contracts";
import { virtualClock } from "@fogline/fakes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gatewayConfig } from "../config.ts";
import { hello, state } from "../testing/agent.ts";
import { AgentConnection, type ConnectionEvents } from "./connection.ts";

/** A connection over a socket that only remembers what was sent. */
const open = (settings: Record<string, unknown> = {}, more: Partial<ConnectionEvents> = {}) => {
  const clock = virtualClock();
  const sent: FromHub[] = [];
  const log: string[] = [];
  const socket = {
    bufferedAmount: 0,
    send: (text: string) => void sent.push(JSON.parse(text)),
    close: (code: number) => void log.push(`closed ${code}`),
    terminate: () => void log.push("terminated"),
  };
  const events: ConnectionEvents = {
    hello: () => void log.push("hello"),
    heartbeat: () => void log.push("heartbeat"),
    sample: () => void log.push("sample"),
    report: () => true,
    ended: (reason) => void log.push(`ended: ${reason}`),
    ...more,
  };
  const connection = new AgentConnection({ socket, id: "c", nodeId: "pi-1", clock, limits: gatewayConfig.parse(settings), events });
  const receive = (frame: FromAgent) => connection.received(JSON.stringify(frame), false);
  const welcome = () => {
    receive(hello("pi-1"));
    const settings = { heartbeatMs: 30_000, sampleMs: null, tasksMax: 1 };
    connection.welcome({ type: "welcome", hubVersion: "1", timeMs: 0, settings, acknowledged: 0 });
  };
  return { clock, sent, log, socket, connection, receive, welcome };
};

describe("a connection before its welcome", () => {
  it("is closed when no hello comes in time", async () => {
    const { clock, sent, log } = open();
    await clock.advance(5_000);
    expect(sent).toEqual([{ type: "refused", code: "FL4018", message: "no hello came in time" }]);
    expect(log).toEqual(["closed 1008", "ended: no hello came in time"]);
  });

  it("is refused another frame than hello, and a second hello", () => {
    const early = open();
    early.receive({ type: "heartbeat", state, executions: [] });
    expect(early.log[0]).toBe("closed 1008");
    const twice = open();
    twice.receive(hello("pi-1"));
    twice.receive(hello("pi-1"));
    expect(twice.log.slice(0, 2)).toEqual(["hello", "closed 1008"]);
  });

  it("is closed with 1007 for what is binary or malformed", () => {
    const binary = open();
    binary.connection.received("", true);
    expect(binary.log[0]).toBe("closed 1007");
    const broken = open();
    broken.connection.received("{", false);
    expect(broken.sent).toEqual([{ type: "refused", code: "FL4018", message: "the frame is not JSON" }]);
    expect(broken.log[0]).toBe("closed 1007");
  });
});

describe("an open connection", () => {
  it("is pinged every 2 s and given up after two pings without a sign of life", async () => {
    const { clock, sent, log, welcome } = open();
    welcome();
    await clock.advance(4_000);
    expect(sent.filter(({ type }) => type === "ping")).toEqual([
      { type: "ping", id: 1 },
      { type: "ping", id: 2 },
    ]);
    await clock.advance(2_000);
    expect(log.slice(1)).toEqual(["terminated", "ended: it did not answer 2 pings"]);
  });

  it("lives as long as it answers", async () => {
    const { clock, sent, log, receive, welcome } = open();
    welcome();
    for (let round = 0; round < 20; round++) {
      await clock.advance(2_000);
      receive({ type: "pong", id: round });
    }
    expect(log).toEqual(["hello"]);
    expect(sent.filter(({ type }) => type === "ping")).toHaveLength(20);
  });

  it("is terminated instead of buffered for when it does not read", () => {
    const { socket, log, connection, welcome } = open({ outboundBytesMax: 1_024 });
    welcome();
    socket.bufferedAmount = 1_025;
    expect(connection.cancel("t.1", "because")).toBe(false);
    expect(log.slice(1)).toEqual(["terminated", "ended: it does not read: 1025 bytes wait for it"]);
  });

  it("is refused when it sends more frames than allowed", () => {
    const { sent, receive, welcome } = open({ framesPerSecond: 2, rateBurstSeconds: 2 });
    welcome();
    for (let count = 0; count < 4; count++) receive({ type: "pong", id: count });
    expect(sent.at(-1)).toEqual({ type: "refused", code: "FL4007", message: "too many frames" });
  });

  it("is closed with 1013 when it sends more reports than may wait", () => {
    const { log, receive, welcome } = open({}, { report: () => false });
    welcome();
    receive({ type: "report", sequence: 1, report: { executionId: "t.1", taskId: "t", status: "running", atMs: 0 } });
    expect(log[1]).toBe("closed 1013");
  });

  it("matches answers to questions, whatever their order", async () => {
    const { sent, connection, receive, welcome } = open();
    welcome();
    const signal = new AbortController().signal;
    const asked = ["a", "b"].map((executionId) => connection.ask({ kind: "logs", executionId, tailBytes: 1 }, signal));
    const ids = sent.flatMap((frame) => (frame.type === "ask" ? [frame.requestId] : []));
    for (const requestId of ids.toReversed()) receive({ type: "answer", requestId, body: `answer to ${requestId}` });
    expect(await Promise.all(asked)).toEqual(ids.map((id) => ({ body: `answer to ${id}` })));
  });

  it("answers every open question with gone when it ends, when the asker leaves, and when too many wait", async () => {
    const { connection, welcome } = open({ questionsMax: 2 });
    welcome();
    const question = { kind: "logs", executionId: "t.1", tailBytes: 1 } as const;
    const leaving = new AbortController();
    const first = connection.ask(question, leaving.signal);
    const second = connection.ask(question, new AbortController().signal);
    expect(await connection.ask(question, leaving.signal)).toBe("gone");
    leaving.abort();
    expect(await first).toBe("gone");
    connection.end("it closed");
    expect(await second).toBe("gone");
  });

  it("ends once, with the first reason, and says goodbye to an agent that does", () => {
    const { log, connection, receive, welcome } = open();
    welcome();
    receive({ type: "bye", reason: "shutdown" });
    connection.end("it closed (code 1000)");
    expect(log.slice(1)).toEqual(["closed 1000", "ended: it said goodbye: shutdown"]);
  });
});

describe("whatever arrives", () => {
  const frame = fc.oneof(
    fc.constant(JSON.stringify(hello("pi-1"))),
    fc.constant(JSON.stringify({ type: "heartbeat", state, executions: [] })),
    fc.constant('{"type":"pong","id":1}'),
    fc.constant('{"type":"answer","requestId":"c.1","body":null}'),
    fc.constant('{"type":"new"}'),
    fc.string(),
    fc.json(),
  );

  it("never throws, ends the connection at most once, and sends nothing after its end", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(frame, fc.boolean(), fc.boolean()), { maxLength: 30 }), (messages) => {
        const { sent, log, connection, welcome } = open();
        if (messages.length % 2 === 0) welcome();
        let sentAtEnd: number | undefined;
        for (const [text, isBinary, ping] of messages) {
          connection.received(text, isBinary && ping);
          if (connection.isOver) sentAtEnd ??= sent.length;
        }
        expect(log.filter((line) => line.startsWith("ended")).length).toBe(connection.isOver ? 1 : 0);
        if (sentAtEnd !== undefined) expect(sent.length).toBe(sentAtEnd);
      }),
    );
  });
});
