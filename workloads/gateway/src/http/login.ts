import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Guard } from "./guard.ts";
import { sessionCookieOf } from "./identify.ts";
import { sendProblem } from "./problems.ts";

const Login = z.strictObject({ token: z.string().min(1).max(8_192) });

/** Signing in for pages: the token moves into a cookie that scripts cannot read and other sites do not send. */
export const mountLogin = (server: FastifyInstance, guard: Guard): void => {
  server.post("/login", async (request, reply) => {
    const login = Login.safeParse(request.body);
    if (!login.success) return sendProblem(reply, request, "FL4001", 400, 'the body is {"token": "..."}');
    const principal = await guard.verify(login.data.token, request.ip);
    if (typeof principal === "number") return guard.tooMany(request, reply, principal, "this address");
    if (principal === undefined) return sendProblem(reply, request, "FL4002", 401, "this token belongs to nobody");
    return setCookie(reply, request, encodeURIComponent(login.data.token)).send(principal);
  });
  server.post("/logout", async (request, reply) => setCookie(reply, request, "", 0).code(204).send());
  server.get("/session", async (request, reply) => {
    const principal = await guard.identify(request);
    return principal ?? sendProblem(reply, request, "FL4002", 401, "not signed in");
  });
};

const setCookie = (reply: FastifyReply, request: FastifyRequest, value: string, maxAgeSeconds?: number): FastifyReply => {
  const parts = [`${sessionCookieOf(request.socket)}=${value}`, "Path=/", "HttpOnly", "SameSite=Strict"];
  if (maxAgeSeconds !== undefined) parts.push(`Max-Age=${maxAgeSeconds}`);
  if (request.protocol === "https") parts.push("Secure");
  return reply.header("set-cookie", parts.join("; "));
};
