import type { FromAgent, FromHub } from "@fogline/contracts/agent-protocol";
import type { Link, LinkEvents } from "../ports.ts";

/** One connection attempt of an agent, held by a test that plays the hub. */
export interface Attempt {
  readonly sent: FromAgent[];
  pings: number;
  closedBecause: string | undefined;
  readonly events: LinkEvents;
  /** Opens the connection and welcomes the agent. */
  welcome(acknowledged?: number): void;
  say(frame: FromHub): void;
  drop(): void;
}

/** A link without a network: each attempt waits for the test to open, answer or drop it. */
export const scriptedLink = (): { readonly link: Link; readonly attempts: Attempt[]; latest(): Attempt } => {
  const attempts: Attempt[] = [];
  const link: Link = {
    connect: (events) => {
      let closed = false;
      const close = (reason: string) => {
        if (closed) return;
        closed = true;
        attempt.closedBecause = reason;
        events.closed(reason);
      };
      const attempt: Attempt = {
        sent: [],
        pings: 0,
        closedBecause: undefined,
        events,
        welcome: (acknowledged = 0) => {
          events.opened();
          attempt.say({
            type: "welcome",
            hubVersion: "test",
            timeMs: 0,
            settings: { heartbeatMs: 30_000, sampleMs: null, tasksMax: 4 },
            acknowledged,
          });
        },
        say: (frame) => events.received(JSON.stringify(frame)),
        drop: () => close("dropped"),
      };
      attempts.push(attempt);
      return {
        send: (text) => void attempt.sent.push(JSON.parse(text) as FromAgent),
        ping: () => {
          attempt.pings += 1;
        },
        close,
      };
    },
  };
  const latest = (): Attempt => {
    const last = attempts.at(-1);
    if (last === undefined) throw new Error("nobody has tried to connect");
    return last;
  };
  return { link, attempts, latest };
};
