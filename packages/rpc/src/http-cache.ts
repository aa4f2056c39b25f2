import { hash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";

/** What an answer depends on beside its address: another caller may get another one. */
export const vary = "authorization, cookie";

/** Kept by nobody. */
export const forgetAnswer = (reply: FastifyReply): FastifyReply => reply.header("cache-control", "no-store");

/** A strong entity tag (RFC 9110 section 8.8.3): equal exactly for equal bytes. */
export const entityTagOf = (text: string): string => `"${hash("sha256", text, "base64url").slice(0, 27)}"`;

/** Whether If-None-Match names the tag (RFC 9110 section 13.1.2: a weak comparison, so `W/` counts for nothing). */
export const namesTag = (header: string | undefined, tag: string): boolean =>
  header !== undefined && (header.trim() === "*" || header.split(",").some((one) => one.trim().replace(/^W\//, "") === tag));

/** Answers a read: with its entity tag, and with 304 alone when the caller has these bytes already. */
export const sendRead = (request: FastifyRequest, reply: FastifyReply, text: string): FastifyReply => {
  const tag = entityTagOf(text);
  reply.header("etag", tag).header("cache-control", "private, no-cache").header("vary", vary);
  if (namesTag(request.headers["if-none-match"], tag)) return reply.code(304).send();
  return reply.code(200).type("application/json; charset=utf-8").send(text);
};
