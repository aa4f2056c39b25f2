import { FoglineError } from "@fogline/findings";
import { fastify } from "fastify";
import type { Registry } from "prom-client";
import type { Health } from "./health.ts";

export interface OpsServer {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Serves /healthz (200 unless unhealthy), /readyz (200 once ready and until stopping) and /metrics (Prometheus text). For the platform, so
 * without identity: bind it to loopback or to the pod network. Throws FL4016 when the port is taken.
 */
export const startOpsServer = async (options: {
  readonly host: string;
  readonly port: number;
  readonly registry: Registry;
  readonly health: () => Promise<Health>;
  readonly isReady: () => boolean;
}): Promise<OpsServer> => {
  const { host, port, registry, health, isReady } = options;
  const server = fastify({ forceCloseConnections: true });
  server.get("/healthz", async (_request, reply) => {
    const state = await health();
    return reply.code(state.status === "unhealthy" ? 503 : 200).send(state);
  });
  server.get("/readyz", async (_request, reply) => reply.code(isReady() ? 200 : 503).send({ ready: isReady() }));
  server.get("/metrics", async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
  const listening = await listen(() => server.listen({ host, port }), host, port);
  return { port: Number(new URL(listening).port), stop: () => server.close() };
};

/** Opens a listening socket; a port that is taken becomes FL4016, with the host, the port and what to do. */
export const listen = async <Value>(open: () => Promise<Value>, host: string, port: number): Promise<Value> => {
  try {
    return await open();
  } catch (thrown) {
    const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
    if (code !== "EADDRINUSE" && code !== "EACCES") throw thrown;
    const why = code === "EADDRINUSE" ? `port ${port} on ${host} is in use` : `port ${port} on ${host} may not be used by this user`;
    throw new FoglineError("FL4016", why, { fields: { host, port }, cause: thrown });
  }
};
