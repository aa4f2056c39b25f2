import { type FromAgent, FromHub } from "@fogline/contracts/agent-protocol";
import type { Clock, Random } from "@fogline/ports";
import type { AgentLog, Connection, Link } from "./ports.ts";

/** Back-off between connection attempts: doubled from this to `retryMsMax`, with jitter so that a returning hub is not stormed. */
const retryMsMin = 500;
/** The hub pings every 2 s. A connection that is silent for this long is asked, and given up when it does not answer. */
const askAfterMs = 8000;
const giveUpAfterMs = 20_000;
const watchMs = 4000;
/** A connection that lasted this long after its welcome was a good one; a hub that welcomes and drops at once is not stormed. */
const settledMs = 2000;

export interface SessionHandlers {
  /** The first frame of a connection. */
  hello(): FromAgent;
  /** The hub knows us: everything may be sent now. */
  welcomed(welcome: Extract<FromHub, { type: "welcome" }>, connection: Connection): void;
  received(frame: Exclude<FromHub, { type: "welcome" }>): void;
  /** A connection ended, or a try for one failed. `lastContactMs`: when the hub was last heard of; null when never. */
  lost(lastContactMs: number | null): void;
}

export interface SessionParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: AgentLog;
  /** The longest pause between two attempts to connect. */
  readonly retryMsMax: number;
}

export interface Session {
  /** Sends when welcomed; false when there is nobody to send to. */
  send(frame: FromAgent): boolean;
  /** Whether the hub has welcomed the present connection. */
  connected(): boolean;
  /** When the hub was last heard of, in milliseconds since 1970; null when never. */
  lastContactMs(): number | null;
  /** Connects anew, with what the identity is now. */
  renew(): void;
  close(reason: string): void;
}

const parse = (text: string): FromHub | undefined => {
  try {
    // A frame type that a newer hub knows and we do not is no error.
    const parsed = FromHub.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
};

/** Keeps one connection to the hub, and comes back by itself whenever it breaks. */
export const openSession = (link: Link, handlers: SessionHandlers, parts: SessionParts): Session => {
  const { clock, random, log, retryMsMax } = parts;
  let connection: Connection | undefined;
  let welcomed = false;
  let closed = false;
  let failures = 0;
  let heardAtMs = clock.monotonicMs();
  let welcomedAtMs = 0;
  let lastContactMs: number | null = null;
  let cancelRetry = () => {};
  let cancelWatch = () => {};

  const heard = () => {
    heardAtMs = clock.monotonicMs();
    lastContactMs = clock.now();
  };

  const retry = (reason: string) => {
    if (closed) return;
    const ceilingMs = Math.min(retryMsMax, retryMsMin * 2 ** failures);
    const delayMs = Math.round(failures === 0 ? ceilingMs * random.unit() : ceilingMs * (0.5 + random.unit() / 2));
    // The first line and then rarely: a device that is offline for a day has better things to store.
    if (failures === 0 || failures % 20 === 0) log.warn("no connection to the hub", { reason, delayMs, failures });
    failures = Math.min(failures + 1, 1000);
    cancelRetry = clock.after(delayMs, connect);
  };

  const watch = (watched: Connection) => {
    cancelWatch = clock.after(watchMs, () => {
      if (connection !== watched) return;
      const silentMs = clock.monotonicMs() - heardAtMs;
      if (silentMs >= giveUpAfterMs) return watched.close(`nothing heard for ${Math.round(silentMs)} ms`);
      if (silentMs >= askAfterMs) watched.ping();
      watch(watched);
    });
  };

  const receive = (text: string, from: Connection) => {
    const frame = parse(text);
    if (frame === undefined) return;
    if (frame.type === "welcome") {
      welcomed = true;
      welcomedAtMs = clock.monotonicMs();
      log.info("connected to the hub", { hubVersion: frame.hubVersion, acknowledged: frame.acknowledged });
      handlers.welcomed(frame, from);
      return;
    }
    if (frame.type === "ping") return from.send(JSON.stringify({ type: "pong", id: frame.id } satisfies FromAgent));
    if (frame.type === "refused") {
      log.warn("the hub refused this agent", { code: frame.code, reason: frame.message });
      failures = Math.max(failures, 5);
      return from.close(`refused: ${frame.code}`);
    }
    handlers.received(frame);
  };

  const connect = () => {
    if (closed) return;
    const opened: Connection = link.connect({
      opened: () => {
        heard();
        opened.send(JSON.stringify(handlers.hello()));
        watch(opened);
      },
      received: (text) => {
        heard();
        if (connection === opened) receive(text, opened);
      },
      alive: heard,
      closed: (reason) => {
        if (connection !== opened) return;
        connection = undefined;
        if (welcomed && clock.monotonicMs() - welcomedAtMs >= settledMs) failures = 0;
        welcomed = false;
        cancelWatch();
        handlers.lost(lastContactMs);
        retry(reason);
      },
    });
    connection = opened;
  };
  connect();

  return {
    send: (frame) => {
      if (connection === undefined || !welcomed) return false;
      connection.send(JSON.stringify(frame));
      return true;
    },
    connected: () => welcomed,
    lastContactMs: () => lastContactMs,
    renew: () => connection?.close("it comes back with another certificate"),
    close: (reason) => {
      closed = true;
      cancelRetry();
      cancelWatch();
      if (welcomed) connection?.send(JSON.stringify({ type: "bye", reason } satisfies FromAgent));
      connection?.close(reason);
    },
  };
};
