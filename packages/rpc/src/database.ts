import type { Database } from "@fogline/ports";
import type { Transaction } from "kysely";

/** The database of any workload: this package keeps its own tables beside those that the workload's schema type names. */
// biome-ignore lint/suspicious/noExplicitAny: kysely's types are invariant in the schema, so only `any` accepts every workload's
export type AnyDatabase = Database<any>;

/** A transaction in such a database. */
// biome-ignore lint/suspicious/noExplicitAny: as above
export type AnyTransaction = Transaction<any>;
