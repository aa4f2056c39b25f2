import {
  connectNode,
  createEnrolment,
  createUser,
  disconnectNode,
  type EnrolmentToken,
  failureOf,
  getNode,
  heartbeatNode,
  linkUser,
  listNodes,
  registerNode,
  reportExecution,
  type Session,
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

/** What somebody who signed in has, all there. */
export type TestSession = { readonly [Name in keyof Session]: NonNullable<Session[Name]> };

/** The host's own token at every gateway of the tests. */
export const hostToken = "the-token-of-the-host-that-nobody-guesses";

type Given = "bus" | "clock" | "random" | "database" | "secrets" | "authority" | "assets" | "log";

/** What a gateway of a test may be given instead of what it has by itself. A clock is the gateway's alone: calls and the tests wait by the real one. */
export interface HubOptions extends Partial<Pick<GatewayPorts, Given>> {
  /** Nodes that the registry does not know. */
  readonly unknown?: ReadonlySet<string>;
}

/** A gateway with real sockets, before services that record what they are asked. Every node is declared, unless said otherwise. */
export const openHub = async (settings: Record<string, unknown> = {}, options: HubOptions = {}) => {
  const { clock = systemClock, random = systemRandom, assets, authority, log, unknown = new Set<string>() } = options;
  const bus = options.bus ?? inProcessBus({ clock: systemClock, random });
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
  const services = await serve(bus, handlers, { clock: systemClock, random, source: "test" });
  const config = gatewayConfig.parse({ httpPort: 0, agentPort: 0, logLevel: "silent", ...settings });
  const database = options.database ?? openSqlite<GatewaySchema>(":memory:");
  const secrets = options.secrets ?? { rootKey: random.bytes(32), adminToken: () => hostToken };
  const gateway = await start(config, { bus, clock, random, database, secrets, authority, assets, ...(log === undefined ? {} : { log }) });
  const until = async (fits: () => boolean) => {
    while (!fits()) await systemClock.sleep(5);
  };
  const client = createClient(bus, { clock: systemClock, random, source: "test" });
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
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(url + path, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });
  /** Signs a user in with a new one-time link, as a program that keeps its tokens itself. The user is made when there is none. */
  const signIn = async (name: string, role: "admin" | "user"): Promise<TestSession> => {
    const made = await client.call(createUser, { name, role });
    const link = made.ok ? made.value.link : await codeFor(name);
    return (await (await post("/api/auth/signin", { code: link.code })).json()) as TestSession;
  };
  const codeFor = async (name: string) => {
    const link = await client.call(linkUser, { name });
    if (!link.ok) throw new Error(link.failure.message);
    return link.value;
  };
  const admin = await signIn("ada", "admin");
  return {
    ...{ bus, clock, random, gateway, database, secrets, config, asked, failures, until, url, client, post, signIn, codeFor, admin, token, identity },
    /** An open connection of a device; with the certificate of another one when said so. */
    agent: async (node: string, as: string | TestIdentity = node) =>
      new TestAgent(gateway.agentPort, node, typeof as === "string" ? await identity(as) : as).opened(),
    /** A request of the admin Ada, or with another access token. */
    api: (path: string, init: RequestInit = {}, accessToken = admin.accessToken) =>
      fetch(url + path, { ...init, headers: { authorization: `Bearer ${accessToken}`, ...init.headers } }),
    count: (name: string) => asked.filter((call) => call.name === name).length,
    close: async () => {
      await gateway.stop();
      await services.stop();
      if (options.database === undefined) await database.close();
    },
  };
};

export type Hub = Awaited<ReturnType<typeof openHub>>;
