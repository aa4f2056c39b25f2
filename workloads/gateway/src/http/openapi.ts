import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { openApiOf } from "@fogline/contracts/openapi";
import type { FastifyInstance } from "fastify";
import { publicContracts, signInContracts } from "./contracts.ts";

/** The document of everything that this gateway answers over HTTP. */
export const openApi = (version: string) => openApiOf([...signInContracts, ...publicContracts], { title: "Fogline", version });

/** Serves the document to anybody: it holds what the source says and nothing of this hub. It never changes while the gateway runs. */
export const mountOpenApi = (server: FastifyInstance, version: string): void => {
  const text = JSON.stringify(openApi(version));
  const compressed = gzipSync(text);
  const etag = `W/"${createHash("sha256").update(text).digest("base64url").slice(0, 22)}"`;
  server.get("/openapi.json", async ({ headers }, reply) => {
    reply.headers({ etag, "cache-control": "no-cache", vary: "accept-encoding" });
    if (headers["if-none-match"]?.split(/\s*,\s*/).includes(etag)) return reply.code(304).send();
    reply.type("application/json; charset=utf-8");
    return /\bgzip\b/.test(headers["accept-encoding"] ?? "") ? reply.header("content-encoding", "gzip").send(compressed) : reply.send(text);
  });
};
