import { migrations as gateway } from "@fogline/gateway";
import { migrations as orchestrator } from "@fogline/orchestrator";
import { migrations as policy } from "@fogline/policy-engine";
import type { Migration } from "@fogline/ports";
import { migrations as scheduler } from "@fogline/scheduler";

const byDatabase: Readonly<Record<string, readonly Migration[]>> = {
  "gateway.sqlite": gateway,
  "orchestrator.sqlite": orchestrator,
  "policy.sqlite": policy,
  "scheduler.sqlite": scheduler,
};

/** What was applied to a database and is not known here: a newer version wrote it. Nothing for a database that keeps no such list. */
export const newerMigrations = (path: string, applied: readonly string[] | undefined): string[] => {
  const known = new Set(byDatabase[path]?.map(({ name }) => name));
  return path in byDatabase ? (applied ?? []).filter((name) => !known.has(name)) : [];
};

/** What is known here and was not applied to a database yet, in order. */
export const pendingMigrations = (path: string, applied: readonly string[]): string[] =>
  (byDatabase[path] ?? []).map(({ name }) => name).filter((name) => !applied.includes(name));
