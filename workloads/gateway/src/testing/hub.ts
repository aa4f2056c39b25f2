import {
  connectNode,
  createUser,
  disconnectNode,
  failureOf,
  heartbeatNode,
  linkUser,
  listNodes,
  registerNode,
  reportExecution,
  type Session,
} from "@fogline/contracts";
import { fail, ok } from "@fogline/findings";
import { inProcessBus } from "@fogline/in-process";
import type { Clock, Database } from "@fogline/ports";
import { createClient, handle, serve } from "@fogline/rpc";
import type { Log } from "@fogline/service";
import { openSqlite } from "@fogline/sqlite";
import { systemRandom as random, systemClock } from "@fogline/system";
import { type GatewaySchema, gatewayConfig, start } from "../index.ts";
import { TestAgent } from "./agent.ts";

/** What somebody who signed in has, all there. */
export type TestSession = { readonly [Name in keyof Session]: NonNullable<Session[Name]> };

/** The host's own token at every gateway of the tests. */
export const hostToken = "the-token-of-the-host-that-nobody-guesses";

/** What a test gives of its own. */
export interface TestPorts {
  readonly database?: Database<GatewaySchema>;
  /** The gateway's own; calls and the tests wait by the real one. */
  readonly clock?: Clock;
  readonly log?: Log;
}

/** A gateway with real sockets, before services that record what they are asked. Node `x` has the credential `secret-of-x`. */
export const openHub = async (settings: Record<string, unknown> = {}, assets?: string, ports: TestPorts = {}) => {
  const clock = ports.clock ?? systemClock;
  const bus = inProcessBus({ clock: systemClock, random });
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
  const services = await serve(bus, handlers, { clock: systemClock, random, source: "test" });
  const config = gatewayConfig.parse({ httpPort: 0, agentPort: 0, logLevel: "silent", ...settings });
  const database = ports.database ?? openSqlite<GatewaySchema>(":memory:");
  const secrets = { rootKey: random.bytes(32), adminToken: () => hostToken };
  const gateway = await start(config, { bus, clock, random, database, secrets, assets, ...(ports.log === undefined ? {} : { log: ports.log }) });
  const until = async (fits: () => boolean) => {
    while (!fits()) await systemClock.sleep(5);
  };
  const url = `http://127.0.0.1:${gateway.httpPort}`;
  const client = createClient(bus, { clock: systemClock, random, source: "test" });
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
    ...{ bus, clock, random, gateway, database, secrets, config, asked, failures, until, url, client, post, signIn, codeFor, admin },
    agent: (node: string, credential = `secret-of-${node}`) => new TestAgent(gateway.agentPort, node, credential),
    /** A request of the admin Ada, or with another access token. */
    api: (path: string, init: RequestInit = {}, token = admin.accessToken) =>
      fetch(url + path, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } }),
    count: (name: string) => asked.filter((call) => call.name === name).length,
    close: async () => {
      await gateway.stop();
      await services.stop();
      await database.close();
    },
  };
};

export type Hub = Awaited<ReturnType<typeof openHub>>;
