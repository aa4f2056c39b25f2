import { listServices } from "@fogline/contracts";
import { type GatewaySchema, start as startGateway } from "@fogline/gateway";
import { gatewayConfig } from "@fogline/gateway/config";
import { inProcessBus } from "@fogline/in-process";
import { start as startOrchestrator } from "@fogline/orchestrator";
import { orchestratorConfig } from "@fogline/orchestrator/config";
import { type PolicySchema, start as startPolicy } from "@fogline/policy-engine";
import { policyConfig } from "@fogline/policy-engine/config";
import type { Bus, Subscription } from "@fogline/ports";
import { createClient } from "@fogline/rpc";
import { openSqlite } from "@fogline/sqlite";
import { systemClock as clock, systemRandom as random } from "@fogline/system";
import { afterEach, describe, expect, it } from "vitest";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** The bus as a program has it that can be killed: from then on nothing of it answers, what it held is lost, and nothing leaves it. */
const mortal = (bus: Bus): { readonly bus: Bus; kill(): Promise<void> } => {
  const subscriptions: Subscription[] = [];
  let dead = false;
  const alive = async <Value>(run: () => Promise<Value>): Promise<Value> => (dead ? new Promise<Value>(() => {}) : run());
  const keep = async (subscribing: Promise<Subscription>) => {
    const subscription = await subscribing;
    subscriptions.push(subscription);
    return subscription;
  };
  return {
    bus: {
      ...bus,
      publish: (...message) => alive(() => bus.publish(...message)),
      request: (...message) => alive(() => bus.request(...message)),
      subscribe: (...wanted) => keep(bus.subscribe(...wanted)),
      respond: (...wanted) => keep(bus.respond(...wanted)),
    },
    kill: async () => {
      dead = true;
      await Promise.all(subscriptions.map((subscription) => subscription.stop(0)));
    },
  };
};

const quiet = { logLevel: "silent", stopDeadlineMs: 500 } as const;
const policyBody = JSON.stringify({
  ...{ description: "for a test", effect: "audit", expectedVersion: 0 },
  rule: { kind: "image-registry", allowed: ["registry.example"] },
});

/** The gateway, the orchestrator and three policy engines over one database, as they run, on one bus. */
const openFog = async () => {
  const bus = inProcessBus({ clock, random });
  const ports = { bus, clock, random };
  const identities = { verify: async (token: string) => (token === "admin-token" ? { name: "admin", role: "admin" as const } : undefined) };
  const orchestrator = await startOrchestrator(orchestratorConfig.parse({ httpPort: 0, ...quiet }), {
    ...ports,
    ...{ database: openSqlite(":memory:"), identities },
  });
  closing.push(() => orchestrator.stop());
  const policies = openSqlite<PolicySchema>(":memory:");
  const replicas = [0, 1, 2].map(() => mortal(bus));
  for (const [index, replica] of replicas.entries()) {
    const running = await startPolicy(policyConfig.parse({ instance: `policy-${index}`, ...quiet }), {
      ...ports,
      bus: replica.bus,
      database: policies,
    });
    closing.push(() => running.stop());
  }
  const limits = { principalRatePerSecond: 100_000, addressRatePerSecond: 100_000 };
  const gateway = await startGateway(gatewayConfig.parse({ httpPort: 0, agentPort: 0, ...limits, ...quiet }), {
    ...ports,
    ...{ database: openSqlite<GatewaySchema>(":memory:"), identities },
    secrets: { rootKey: random.bytes(32), adminToken: () => "admin-token" },
  });
  closing.push(() => gateway.stop());
  const client = createClient(bus, { clock, random, source: "test" });
  const listed = async () => {
    const answer = await client.call(listServices, {});
    return answer.ok ? answer.value.services.filter(({ type, operations }) => type === "policy" && operations.includes("policies.list")) : [];
  };
  while ((await listed()).length < replicas.length) await new Promise((resolve) => setImmediate(resolve));
  const api = (path: string, init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${gateway.httpPort}${path}`, {
      ...init,
      headers: { authorization: "Bearer admin-token", "content-type": "application/json" },
    });
  return { replicas, api };
};

describe("a service with several replicas behind the gateway", () => {
  it("loses no idempotent request when one of them is killed under load", async () => {
    const { replicas, api } = await openFog();
    const statuses: string[] = [];
    const half = Promise.withResolvers<void>();
    const worker = async (name: string) => {
      for (let turn = 0; turn < 15; turn++) {
        const change = turn % 5 === 0;
        const answer = change ? await api(`/api/policies/${name}-${turn}`, { method: "PUT", body: policyBody }) : await api("/api/policies");
        await answer.arrayBuffer();
        statuses.push(`${change ? "PUT" : "GET"} ${answer.status}`);
        if (statuses.length === 60) half.resolve();
      }
    };
    const load = Array.from({ length: 10 }, (_, index) => worker(`w${index}`));
    await half.promise;
    await replicas[1]?.kill();
    await Promise.all(load);
    expect(statuses).toHaveLength(150);
    expect([...new Set(statuses)].sort()).toEqual(["GET 200", "PUT 200"]);
  });
});
