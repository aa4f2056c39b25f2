import {
  failureOf,
  listPolicies,
  listServices,
  type Policy,
  putPolicy,
  type RegisteredService,
  removePolicy,
  serviceChanged,
} from "@fogline/contracts";
import { fail, ok } from "@fogline/findings";
import { type Handler, handle, type Served, serve } from "@fogline/rpc";
import type { Hub } from "./hub.ts";

export const policy = (name: string): Policy => ({
  ...{ name, description: "for a test", effect: "refuse", version: 1 },
  rule: { kind: "image-registry", allowed: ["registry.example"] },
});

/** The body that creates a policy. */
export const newPolicy = (name: string) => {
  const { version: _version, name: _name, ...body } = policy(name);
  return { ...body, expectedVersion: 0 };
};

interface Replica {
  readonly asked: string[];
  readonly served: Served;
}

/** A service list, and replicas of a policy engine that are in it and note what reaches them. */
export const openReplicas = async (hub: Pick<Hub, "bus" | "clock" | "random" | "client">) => {
  const { bus, clock, random, client } = hub;
  const listed = new Map<string, RegisteredService>();
  const replicas = new Map<string, Replica>();
  const options = { clock, random, source: "test" };
  const registry = await serve(bus, [handle(listServices, async () => ok({ services: [...listed.values()] }))], options);
  const list = async (id: string, metadata: Record<string, string> = {}, more: Partial<RegisteredService> = {}) => {
    const health = { status: "healthy" as const, reason: "fine", checkedAtMs: 0, latencyMs: 1 };
    const operations = ["policies.list", "policies.put", "policies.remove"];
    const service = { id, type: "policy", version: "1", metadata, operations, startedAtMs: 0, ttlMs: 90_000, registeredAtMs: 0, health, ...more };
    listed.set(id, service);
    await client.publish(serviceChanged, { id, service });
  };
  return {
    list,
    /** Starts a replica; `before` runs ahead of each answer. */
    add: async (id: string, before: (what: string) => Promise<void> = async () => {}, metadata: Record<string, string> = {}) => {
      const asked: string[] = [];
      const note = async (what: string) => {
        asked.push(what);
        await before(what);
      };
      const served = await serve(bus, policyHandlers(note), { ...options, instance: id });
      replicas.set(id, { asked, served });
      await list(id, metadata);
      return asked;
    },
    /** It is gone in the middle of what it does, and nobody is told. */
    kill: (id: string) => replicas.get(id)?.served.stop(0) ?? Promise.resolve(),
    close: async () => {
      for (const { served } of replicas.values()) await served.stop(0);
      await registry.stop(0);
    },
  };
};

const policyHandlers = (note: (what: string) => Promise<void>): Handler[] => [
  handle(listPolicies, async () => {
    await note("list");
    return ok({ policies: [] });
  }),
  handle(putPolicy, async ({ expectedVersion: expected, name }) => {
    await note(`put ${name}`);
    return expected === 0 ? ok(policy(name)) : fail(failureOf(putPolicy, "versionConflict", { name, expected, actual: 0 }));
  }),
  handle(removePolicy, async ({ name }) => {
    await note(`remove ${name}`);
    return ok({});
  }),
];
