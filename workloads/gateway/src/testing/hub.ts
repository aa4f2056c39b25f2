import {
  connectNode,
  createEnrolment,
  disconnectNode,
  type EnrolmentToken,
  failureOf,
  getNode,
  heartbeatNode,
  listNodes,
  registerNode,
  reportExecution,
} from "@fogline/contracts";
import { fail, ok } from "@fogline/findings";
import { inProcessBus } from "@fogline/in-process";
import { createClient, handle, serve } from "@fogline/rpc";
import { openSqlite } from "@fogline/sqlite";
import { systemClock, systemRandom } from "@fogline/system";
import { type GatewayPorts, type GatewaySchema, gatewayConfig, start } from "../index.ts";
import { TestAgent } from "./agent.ts";
import { enrol, readToken, type TestIdentity } from "./device.ts";
import { recordOf } from "./node.ts";

/** What a gateway of a test may be given instead of what it has by itself. */
export interface HubOptions extends Partial<Pick<GatewayPorts, "bus" | "clock" | "random" | "database" | "secrets" | "authority" | "assets">> {
  /** Nodes that the registry does not know. */
  readonly unknown?: ReadonlySet<string>;
}

/** A gateway with real sockets, before services that record what they are asked. Every node is declared, unless said otherwise. */
export const openHub = async (settings: Record<string, unknown> = {}, options: HubOptions = {}) => {
  const { clock = systemClock, random = systemRandom, assets, authority, unknown = new Set<string>() } = options;
  const bus = options.bus ?? inProcessBus({ clock, random });
  const asked: { name: string; request: Record<string, unknown> }[] = [];
  const record = (name: string, request: object) => void asked.push({ name, request: { ...request } });
  const failures = { reports: 0 };
  const handlers = [
    handle(connectNode, async (request) => {
      record("connect", request);
      if (unknown.has(request.id)) return fail(failureOf(connectNode, "notFound", { id: request.id }));
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
    handle(getNode, async ({ id }) => (unknown.has(id) ? fail(failureOf(getNode, "notFound", { id })) : ok(recordOf(id)))),
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
  const identities = {
    verify: async (token: string) => {
      const role = tokens[token];
      return role && { name: token, role };
    },
  };
  const database = options.database ?? openSqlite<GatewaySchema>(":memory:");
  const secrets = options.secrets ?? { rootKey: random.bytes(32), adminToken: () => "admin-token" };
  const gateway = await start(config, { bus, clock, random, database, secrets, identities, authority, assets });
  const until = async (fits: () => boolean) => {
    while (!fits()) await systemClock.sleep(5);
  };
  const client = createClient(bus, { clock, random, source: "test" });
  /** A token of a slot, as its device reads it. */
  const token = async (node: string, ttlMs?: number): Promise<EnrolmentToken> => {
    const made = await client.call(createEnrolment, { id: node, ...(ttlMs === undefined ? {} : { ttlMs }) });
    if (!made.ok) throw new Error(made.failure.message);
    return readToken(made.value.token);
  };
  const devices = new Map<string, Promise<TestIdentity>>();
  /** The identity of a device that enrolled, the same one each time. */
  const identity = (node: string): Promise<TestIdentity> => {
    const known = devices.get(node) ?? token(node).then((one) => enrol(gateway.agentPort, one));
    devices.set(node, known);
    return known;
  };
  const url = `http://127.0.0.1:${gateway.httpPort}`;
  return {
    ...{ bus, clock, random, database, secrets, gateway, asked, failures, until, url, identities, client, token, identity },
    /** An open connection of a device; with the certificate of another one when said so. */
    agent: async (node: string, as: string | TestIdentity = node) =>
      new TestAgent(gateway.agentPort, node, typeof as === "string" ? await identity(as) : as).opened(),
    /** A request with the admin's token. */
    api: (path: string, init: RequestInit = {}) => fetch(url + path, { ...init, headers: { authorization: "Bearer admin-token", ...init.headers } }),
    count: (name: string) => asked.filter((call) => call.name === name).length,
    close: async () => {
      await gateway.stop();
      await services.stop();
      if (options.database === undefined) await database.close();
    },
  };
};

export type Hub = Awaited<ReturnType<typeof openHub>>;
