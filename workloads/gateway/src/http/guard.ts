import type { ServerResponse } from "node:http";
import type { Clock } from "@fogline/ports";
import type { Principal } from "@fogline/rpc";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { GatewayConfig } from "../config.ts";
import type { People } from "../people/people.ts";
import type { Identity } from "../people/tokens.ts";
import { RateLimit } from "../rate.ts";
import { tokenOf } from "./identify.ts";
import { sendProblem } from "./problems.ts";

type Settings = Pick<GatewayConfig, "principalRatePerSecond" | "addressRatePerSecond" | "rateBurstSeconds">;

/**
 * Looks at every request before its route: how often its address and its principal come, and who it is. A token that was not made here costs
 * its address one of a small budget, so that tokens cannot be guessed quickly. A session that ends takes its open answers with it.
 */
export const guard = (server: FastifyInstance, people: People, clock: Clock, settings: Settings) => {
  const { rateBurstSeconds: burstSeconds } = settings;
  const addresses = new RateLimit({ perSecond: settings.addressRatePerSecond, burstSeconds });
  const principals = new RateLimit({ perSecond: settings.principalRatePerSecond, burstSeconds });
  const known = new WeakMap<FastifyRequest, Identity>();
  const answers = openAnswers(clock);
  people.onEnded((sessions) => answers.end(sessions));

  const tooMany = (request: FastifyRequest, reply: FastifyReply, waitMs: number, who: string): FastifyReply => {
    const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
    return sendProblem(reply.header("retry-after", String(seconds)), request, "FL4007", 429, `${who} sends too many requests; wait ${seconds} s`);
  };

  server.addHook("onRequest", async (request, reply) => {
    const wait = addresses.take(request.ip, clock.monotonicMs());
    if (wait > 0) return tooMany(request, reply, wait, "this address");
    const token = tokenOf(request);
    if (token === undefined) return;
    if (people.attempts.exhausted(request.ip)) return tooMany(request, reply, people.attempts.waitMs, "this address");
    const identity = await people.verify(token);
    if (identity === "forged") people.attempts.failed(request.ip);
    if (typeof identity === "string") return;
    const waitMs = principals.take(`${identity.role} ${identity.name}`, clock.monotonicMs());
    if (waitMs > 0) return tooMany(request, reply, waitMs, identity.name);
    known.set(request, identity);
    if (identity.session !== null) answers.add(identity.session, reply.raw);
  });
  return {
    tooMany,
    identityOf: (request: FastifyRequest): Identity | undefined => known.get(request),
    /** The identity as services behind the bus see it. */
    identify: async (request: FastifyRequest): Promise<Principal | undefined> => {
      const identity = known.get(request);
      if (identity === undefined) return undefined;
      const { name, role, session } = identity;
      return { name, role, ...(session === null ? {} : { session }) };
    },
  };
};

export type Guard = ReturnType<typeof guard>;

/** An answer that has not begun when its session ends may still do so; what is open after this long goes on for longer than an answer does. */
const answerMs = 2_000;

/** Answers that are not finished, by session: a feed would go on for days. */
const openAnswers = (clock: Clock) => {
  const bySession = new Map<string, Set<ServerResponse>>();
  const cut = (answer: ServerResponse): void => {
    if (!answer.writableEnded) answer.destroy();
  };
  return {
    add: (session: string, answer: ServerResponse): void => {
      const answers = bySession.get(session) ?? new Set();
      bySession.set(session, answers.add(answer));
      answer.once("close", () => {
        answers.delete(answer);
        if (answers.size === 0 && bySession.get(session) === answers) bySession.delete(session);
      });
    },
    end: (sessions: readonly string[]): void => {
      for (const answer of sessions.flatMap((session) => [...(bySession.get(session) ?? [])])) {
        if (answer.headersSent) cut(answer);
        else clock.after(answerMs, () => cut(answer));
      }
    },
  };
};
