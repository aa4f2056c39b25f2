import { type AuditEntry, type Policy, type PolicyRule, policiesChanged } from "@fogline/contracts";
import type { Clock, Database, Random } from "@fogline/ports";
import { emit } from "@fogline/rpc";
import type { Transaction } from "kysely";
import type { z } from "zod";
import type { AuditRow, PolicyRow, PolicySchema } from "./schema.ts";

type Entry = z.output<typeof AuditEntry>;
/** An audit entry before it has its place and time. */
export type NewEntry = Omit<Entry, "sequence" | "atMs">;
export type Put = { readonly kind: "stored"; readonly policy: Policy } | { readonly kind: "conflict"; readonly actual: number };

export interface PolicyStorePorts {
  readonly database: Database<PolicySchema>;
  readonly clock: Clock;
  readonly random: Random;
  readonly source: string;
  readonly auditKept: number;
  /** Called after a commit that holds an event. */
  readonly committed?: () => void;
}

type Change = Transaction<PolicySchema>;

/** How often, in entries, the audit log is cut to its limit. */
const auditCutEvery = 100;

/**
 * The policy engine's repository. A policy, its new version in the history, the audit entry and the event are one transaction. Versions of
 * a name only grow: a policy that is removed and created again goes on where it ended.
 */
export class PolicyStore {
  readonly #ports: PolicyStorePorts;

  constructor(ports: PolicyStorePorts) {
    this.#ports = ports;
  }

  /** Stores the policies that an installation starts with, once in its life: what an operator removes stays away. */
  seed(policies: readonly Policy[]): Promise<boolean> {
    return this.#change(async (transaction) => {
      if ((await count(transaction, "seeded", 0)) > 0) return false;
      await count(transaction, "seeded", 1);
      for (const policy of policies) await this.#write(transaction, undefined, policy, "built-in");
      await this.#announce(transaction);
      return true;
    });
  }

  /** In the order they apply: the order they were created in. */
  async list(): Promise<Policy[]> {
    return policiesIn(this.#ports.database.kysely);
  }

  /** Every version of a policy, newest first; `policy` is null where it was removed. */
  async history(name: string): Promise<{ version: number; policy: Policy | null; changedBy: string; changedAtMs: number }[]> {
    const query = this.#ports.database.kysely.selectFrom("policy_versions").selectAll().where("name", "=", name).orderBy("version", "desc");
    return (await query.execute()).map((row) => ({
      version: row.version,
      policy: row.body === null ? null : (JSON.parse(row.body) as Policy),
      changedBy: row.changed_by,
      changedAtMs: row.changed_at_ms,
    }));
  }

  /** Creates a policy (`expectedVersion` 0) or replaces it; refused with the actual version when that is another. The same again is no change. */
  put(policy: Omit<Policy, "version">, expectedVersion: number, by: string): Promise<Put> {
    return this.#change(async (transaction): Promise<Put> => {
      const row = await transaction.selectFrom("policies").selectAll().where("name", "=", policy.name).executeTakeFirst();
      const actual = row?.version ?? 0;
      if (row !== undefined && actual === expectedVersion + 1 && (await this.#isRepeated(transaction, row, policy, by))) {
        return { kind: "stored", policy: policyOf(row) };
      }
      if (actual !== expectedVersion) return { kind: "conflict", actual };
      const version = (await lastVersion(transaction, policy.name)) + 1;
      const stored = { ...policy, version };
      await this.#write(transaction, row, stored, by);
      await this.#announce(transaction);
      return { kind: "stored", policy: stored };
    });
  }

  /** False when there is no such policy. */
  remove(name: string, by: string): Promise<boolean> {
    return this.#change(async (transaction) => {
      const row = await transaction.selectFrom("policies").selectAll().where("name", "=", name).executeTakeFirst();
      if (row === undefined) return false;
      await transaction.deleteFrom("policies").where("name", "=", name).execute();
      await this.#remember(transaction, name, (await lastVersion(transaction, name)) + 1, null, by);
      await this.#append(transaction, [{ policy: name, action: "remove", subject: by, outcome: "changed", message: `removed by ${by}` }]);
      await this.#announce(transaction);
      return true;
    });
  }

  /** Appends to the audit log. */
  record(entries: readonly NewEntry[]): Promise<void> {
    return this.#change((transaction) => this.#append(transaction, entries));
  }

  /** Newest first; `before` is a sequence. */
  async audit(limit: number, before: number | undefined): Promise<Entry[]> {
    let query = this.#ports.database.kysely.selectFrom("audit").selectAll();
    if (before !== undefined) query = query.where("sequence", "<", before);
    return (await query.orderBy("sequence", "desc").limit(limit).execute()).map(entryOf);
  }

  async #change<Value>(work: (transaction: Change) => Promise<Value>): Promise<Value> {
    const value = await this.#ports.database.transaction(work);
    this.#ports.committed?.();
    return value;
  }

  /** A put that was stored and is sent again, because its answer was lost, finds what it wrote itself. */
  async #isRepeated(transaction: Change, row: PolicyRow, policy: Omit<Policy, "version">, by: string): Promise<boolean> {
    const last = await transaction
      .selectFrom("policy_versions")
      .selectAll()
      .where("name", "=", row.name)
      .where("version", "=", row.version)
      .executeTakeFirst();
    return last?.changed_by === by && last.body === bodyOf({ ...policy, version: row.version });
  }

  async #write(transaction: Change, before: PolicyRow | undefined, policy: Policy, by: string): Promise<void> {
    const { name, description, effect, version } = policy;
    const columns = { description, effect, rule: JSON.stringify(policy.rule), version };
    if (before === undefined) {
      const position = await count(transaction, "policies", 1);
      await transaction
        .insertInto("policies")
        .values({ name, position, ...columns })
        .execute();
    } else await transaction.updateTable("policies").set(columns).where("name", "=", name).execute();
    await this.#remember(transaction, name, version, bodyOf(policy), by);
    const action = before === undefined ? "create" : "replace";
    await this.#append(transaction, [{ policy: name, action, subject: by, outcome: "changed", message: `version ${version} by ${by}` }]);
  }

  async #remember(transaction: Change, name: string, version: number, body: string | null, by: string): Promise<void> {
    const row = { name, version, body, changed_by: by, changed_at_ms: this.#ports.clock.now() };
    await transaction.insertInto("policy_versions").values(row).execute();
  }

  async #append(transaction: Change, entries: readonly NewEntry[]): Promise<void> {
    if (entries.length === 0) return;
    const last = await count(transaction, "audit", entries.length);
    const first = last - entries.length + 1;
    const at_ms = this.#ports.clock.now();
    await transaction
      .insertInto("audit")
      .values(entries.map((entry, index) => ({ ...entry, at_ms, sequence: first + index })))
      .execute();
    const crossed = Math.floor(last / auditCutEvery) > Math.floor((first - 1) / auditCutEvery);
    if (crossed)
      await transaction
        .deleteFrom("audit")
        .where("sequence", "<=", last - this.#ports.auditKept)
        .execute();
  }

  async #announce(transaction: Change): Promise<void> {
    const { clock, random, source } = this.#ports;
    await emit(transaction, policiesChanged, { policies: await policiesIn(transaction) }, { clock, random, source });
  }
}

const policiesIn = async (database: Pick<Change, "selectFrom">): Promise<Policy[]> =>
  (await database.selectFrom("policies").selectAll().orderBy("position").execute()).map(policyOf);

const policyOf = ({ name, description, effect, rule, version }: PolicyRow): Policy => ({
  ...{ name, description, effect, version },
  rule: JSON.parse(rule) as PolicyRule,
});

const bodyOf = ({ name, description, effect, rule, version }: Policy): string => JSON.stringify({ name, description, effect, rule, version });

const entryOf = ({ sequence, at_ms, policy, action, subject, outcome, message }: AuditRow): Entry => ({
  ...{ sequence, atMs: at_ms, policy, action, subject, outcome, message },
});

/** Adds to a counter and answers its new value. */
const count = async (transaction: Change, name: "audit" | "policies" | "seeded", by: number): Promise<number> => {
  const before = await transaction.selectFrom("counters").selectAll().where("name", "=", name).executeTakeFirstOrThrow();
  const value = before.value + by;
  if (by !== 0) await transaction.updateTable("counters").set({ value }).where("name", "=", name).execute();
  return value;
};

const lastVersion = async (transaction: Change, name: string): Promise<number> => {
  const row = await transaction
    .selectFrom("policy_versions")
    .select("version")
    .where("name", "=", name)
    .orderBy("version", "desc")
    .limit(1)
    .executeTakeFirst();
  return row?.version ?? 0;
};
