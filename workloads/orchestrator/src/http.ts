import {
  broadcastEvent,
  createDeployment,
  deploymentLogs,
  discoverService,
  drainNode,
  getDeployment,
  getNode,
  healthOfServices,
  heartbeatNode,
  initializeServices,
  listDeployments,
  listNodes,
  listServices,
  nodeHistory,
  nodeLogs,
  registerNode,
  registerService,
  removeNode,
  routeEvent,
  shutdownServices,
  stopDeployment,
  utilisation,
  verifyToken,
} from "@fogline/contracts";
import { FoglineError } from "@fogline/findings";
import { type Client, mountHttp, type Principal } from "@fogline/rpc";
import { answerMalformed, listen, problemText } from "@fogline/service";
import { type FastifyRequest, fastify } from "fastify";
import type { OrchestratorConfig } from "./config.ts";

/** What this service answers over HTTP: those without a route are met on the bus only. */
const contracts = [
  registerNode,
  listNodes,
  getNode,
  heartbeatNode,
  drainNode,
  removeNode,
  nodeHistory,
  nodeLogs,
  utilisation,
  createDeployment,
  listDeployments,
  getDeployment,
  deploymentLogs,
  stopDeployment,
  initializeServices,
  registerService,
  discoverService,
  healthOfServices,
  listServices,
  routeEvent,
  broadcastEvent,
  shutdownServices,
].filter((operation) => operation.http !== undefined);

const requestTimeoutMs = 30_000;

/** Serves the HTTP API until closed. Throws FL4016 when the port is taken. */
export const listenHttp = async (
  config: Pick<OrchestratorConfig, "httpPort" | "httpHost" | "bodyBytesMax" | "headerBytesMax">,
  client: Client,
): Promise<{ port: number; close(): Promise<void> }> => {
  const server = fastify({
    bodyLimit: config.bodyBytesMax,
    requestTimeout: requestTimeoutMs,
    http: { maxHeaderSize: config.headerBytesMax, headersTimeout: requestTimeoutMs },
    forceCloseConnections: true,
    clientErrorHandler: answerMalformed,
  });
  server.setNotFoundHandler((request, reply) => {
    const detail = `there is no ${request.method} ${request.url.split("?", 1)[0]}`;
    return reply
      .code(404)
      .type("application/problem+json")
      .send(problemText("FL4004", 404, detail));
  });
  mountHttp(server, { client, contracts, identify: (request: FastifyRequest) => identify(client, bearerOf(request)) });
  try {
    const url = await listen(() => server.listen({ port: config.httpPort, host: config.httpHost }), config.httpHost, config.httpPort);
    return { port: Number(new URL(url).port), close: () => server.close() };
  } catch (error) {
    await server.close();
    throw error;
  }
};

/** Whose token it is, asked of the gateway each time: a session that was ended is refused here from the next request on. */
const identify = async (client: Client, token: string | undefined): Promise<Principal | undefined> => {
  if (token === undefined) return undefined;
  const answer = await client.call(verifyToken, { token });
  if (answer.ok) return answer.value.principal ?? undefined;
  throw new FoglineError(answer.failure.code, `whose token this is cannot be found out: ${answer.failure.message}`);
};

const bearerOf = (request: FastifyRequest): string | undefined => /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
