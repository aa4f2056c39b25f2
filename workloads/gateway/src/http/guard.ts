import type { Clock } from "@fogline/ports";
import type { Principal } from "@fogline/rpc";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { GatewayConfig } from "../config.ts";
import { RateLimit } from "../rate.ts";
import { type Identities, tokenOf } from "./identify.ts";
import { sendProblem } from "./problems.ts";

type Settings = Pick<GatewayConfig, "principalRatePerSecond" | "addressRatePerSecond" | "rateBurstSeconds" | "signInFailuresPerMinute">;

const secondsPerMinute = 60;

/**
 * Looks at every request before its route: how often its address and its principal come, and who it is. A token that belongs to nobody costs
 * its address one of a small budget, so that tokens cannot be guessed quickly.
 */
export const guard = (server: FastifyInstance, identities: Identities, clock: Clock, settings: Settings) => {
  const { rateBurstSeconds: burstSeconds, signInFailuresPerMinute } = settings;
  const addresses = new RateLimit({ perSecond: settings.addressRatePerSecond, burstSeconds });
  const principals = new RateLimit({ perSecond: settings.principalRatePerSecond, burstSeconds });
  const failures = new RateLimit({ perSecond: signInFailuresPerMinute / secondsPerMinute, burstSeconds: secondsPerMinute });
  const known = new WeakMap<FastifyRequest, Principal>();

  const tooMany = (request: FastifyRequest, reply: FastifyReply, waitMs: number, who: string): FastifyReply => {
    const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
    return sendProblem(reply.header("retry-after", String(seconds)), request, "FL4007", 429, `${who} sends too many requests; wait ${seconds} s`);
  };

  /** Whose token it is; the milliseconds to wait when this address has tried too many that are nobody's. */
  const verify = async (token: string, address: string): Promise<Principal | number | undefined> => {
    const nowMs = clock.monotonicMs();
    if (!failures.allows(address, nowMs)) return (secondsPerMinute / signInFailuresPerMinute) * 1_000;
    const principal = await identities.verify(token);
    if (principal === undefined) failures.take(address, nowMs);
    return principal;
  };

  server.addHook("onRequest", async (request, reply) => {
    const wait = addresses.take(request.ip, clock.monotonicMs());
    if (wait > 0) return tooMany(request, reply, wait, "this address");
    const token = tokenOf(request);
    if (token === undefined) return;
    const principal = await verify(token, request.ip);
    if (principal === undefined) return;
    if (typeof principal === "number") return tooMany(request, reply, principal, "this address");
    const waitMs = principals.take(principal.name, clock.monotonicMs());
    if (waitMs > 0) return tooMany(request, reply, waitMs, principal.name);
    known.set(request, principal);
  });
  return { verify, tooMany, identify: async (request: FastifyRequest): Promise<Principal | undefined> => known.get(request) };
};

export type Guard = ReturnType<typeof guard>;
