import { builtInPolicies } from "@fogline/policy";
import { type Database, type Migration, migrate } from "@fogline/ports";
import { outboxMigration, startRelay } from "@fogline/rpc";
import { type HubPorts, openShell, type Running } from "@fogline/service";
import type { PolicyConfig } from "./config.ts";
import { operations } from "./operations.ts";
import { PolicyStore } from "./policy-store.ts";
import { type PolicySchema, policyMigrations } from "./schema.ts";

export type { PolicyConfig } from "./config.ts";
export type { PolicySchema } from "./schema.ts";

export interface PolicyPorts extends HubPorts {
  readonly database: Database<PolicySchema>;
}

/** Every migration of its database, in order. */
export const migrations: readonly Migration[] = [outboxMigration, ...policyMigrations];

/** Starts the policy engine; a new installation gets the built-in policies. */
export const start = async (config: PolicyConfig, ports: PolicyPorts): Promise<Running> => {
  const { database } = ports;
  await migrate(database, migrations);
  const shell = await openShell("policy", config, ports);
  const { clock, random, log } = shell;
  const relay = startRelay({ database, bus: ports.bus, clock, random, log });
  shell.onStop("outbox relay", () => relay.stop());
  const store = new PolicyStore({ database, clock, random, source: shell.instance, auditKept: config.auditKept, committed: () => relay.wake() });
  if (await store.seed(builtInPolicies)) log.info({ policies: builtInPolicies.map(({ name }) => name) }, "started with the built-in policies");
  await shell.serve(operations(store));
  return shell.ready();
};
