import { connectNode, disconnectNode, failureOf, heartbeatNode, listNodes, registerNode, reportExecution } from "@fogline/contracts";
import { fail, ok } from "@fogline/findings";
import { inProcessBus } from "@fogline/in-process";
import { createClient, handle, serve } from "@fogline/rpc";
import { openSqlite } from "@fogline/sqlite";
import { systemClock as clock, systemRandom as random } from "@fogline/system";
import { type GatewaySchema, gatewayConfig, start } from "../index.ts";
import { TestAgent } from "./agent.ts";

/** A gateway with real sockets, before services that record what they are asked. Node `x` has the credential `secret-of-x`. */
export const openHub = async (settings: Record<string, unknown> = {}, assets?: string, database = openSqlite<GatewaySchema>(":memory:")) => {
  const bus = inProcessBus({ clock, random });
  const asked: { name: string; request: Record<string, unknown> }[] = [];
  const record = (name: string, request: object) => void asked.push({ name, request: { ...request } });
  const failures = { reports: 0 };
  const handlers = [
    handle(connectNode, async (request) => {
      record("connect", request);
      if (request.credential !== `secret-of-${request.id}`) return fail(failureOf(connectNode, "credentialRefused", { id: request.id }));
      return ok({ settings: { heartbeatMs: 30_000, sampleMs: null, tasksMax: 4 } });
    }),
    handle(disconnectNode, async (request) => {
      record("disconnect", request);
      return ok({ status: "suspect" as const });
    }),
    handle(heartbeatNode, async (request) => {
      record("heartbeat", request);
      return ok({ status: "online" as const });
    }),
    handle(listNodes, async () => ok({ nodes: [] })),
    handle(registerNode, async (request) => {
      record("register", request);
      throw new Error("the test needs no node");
    }),
    handle(reportExecution, async ({ report }) => {
      record(failures.reports > 0 ? "report that failed" : "report", report);
      if (failures.reports === 0) return ok({});
      failures.reports -= 1;
      throw new Error("the database is away");
    }),
  ];
  const services = await serve(bus, handlers, { clock, random, source: "test" });
  const config = gatewayConfig.parse({ httpPort: 0, agentPort: 0, logLevel: "silent", ...settings });
  const tokens: Readonly<Record<string, "admin" | "user">> = { "admin-token": "admin", "user-token": "user" };
  /** Tokens that are nobody's any more. */
  const revoked = new Set<string>();
  const identities = {
    verify: async (token: string) => {
      const role = revoked.has(token) ? undefined : tokens[token];
      return role && { name: token, role };
    },
  };
  const secrets = { rootKey: random.bytes(32), adminToken: () => "admin-token" };
  const gateway = await start(config, { bus, clock, random, database, secrets, identities, assets });
  const until = async (fits: () => boolean) => {
    while (!fits()) await clock.sleep(5);
  };
  const url = `http://127.0.0.1:${gateway.httpPort}`;
  return {
    ...{ bus, clock, random, database, gateway, asked, failures, until, url, identities, revoked },
    client: createClient(bus, { clock, random, source: "test" }),
    agent: (node: string, credential = `secret-of-${node}`) => new TestAgent(gateway.agentPort, node, credential),
    /** A request with the admin's token. */
    api: (path: string, init: RequestInit = {}) => fetch(url + path, { ...init, headers: { authorization: "Bearer admin-token", ...init.headers } }),
    count: (name: string) => asked.filter((call) => call.name === name).length,
    close: async () => {
      await gateway.stop();
      await services.stop();
      await database.close();
    },
  };
};

export type Hub = Awaited<ReturnType<typeof openHub>>;
