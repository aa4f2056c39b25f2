import type { EventDeclaration, Input, Schema } from "@fogline/contracts";
import { FoglineError } from "@fogline/findings";
import { type Clock, columnTypes, type Migration, type Random } from "@fogline/ports";
import { sql, type Transaction } from "kysely";
import type { AnyTransaction } from "./database.ts";
import { envelopeOf } from "./events.ts";

/** The tables of the outbox, beside those of the workload. */
export interface OutboxTables {
  rpc_outbox: { sequence: number; event: string; envelope: string };
  rpc_outbox_relay: { name: string; holder: string; expires_at_ms: number };
}

/** Largest envelope: bodies above this travel as blob references. */
const envelopeBytesMax = 256 * 1_024;

/** The outbox of one database. Run it wherever {@link emit} is used. */
export const outboxMigration: Migration = {
  name: "rpc-0002-outbox",
  up: async (database, dialect) => {
    const type = columnTypes(dialect);
    // Numbers are never used again, also not those of deleted rows, so that the order of numbers is the order of events.
    const sequence = dialect === "sqlite" ? sql`integer` : sql`bigserial`;
    await database.schema
      .createTable("rpc_outbox")
      .addColumn("sequence", sequence, (column) => (dialect === "sqlite" ? column.primaryKey().autoIncrement() : column.primaryKey()))
      .addColumn("event", type.text, (column) => column.notNull())
      .addColumn("envelope", type.text, (column) => column.notNull())
      .execute();
    await database.schema
      .createTable("rpc_outbox_relay")
      .addColumn("name", type.text, (column) => column.primaryKey())
      .addColumn("holder", type.text, (column) => column.notNull())
      .addColumn("expires_at_ms", type.integer, (column) => column.notNull())
      .execute();
  },
};

/**
 * Writes an event into the outbox inside the transaction that causes it: it is published when that commits, and never otherwise. Call the
 * relay's `wake` after the commit. Throws FL4001 when the data does not fit the event, FL4006 when it is larger than 256 KiB.
 */
export const emit = async <Data extends Schema>(
  transaction: AnyTransaction,
  event: EventDeclaration<string, Data>,
  data: Input<Data>,
  about: { readonly clock: Clock; readonly random: Random; readonly source: string; readonly correlationId?: string },
): Promise<void> => {
  const correlationId = about.correlationId ?? about.random.id();
  const { bytes } = envelopeOf(event, data, { ...about, correlationId });
  if (bytes.length > envelopeBytesMax) {
    throw new FoglineError("FL4006", `the event ${event.name} has ${bytes.length} bytes, the limit is ${envelopeBytesMax}`);
  }
  const inside: Transaction<Pick<OutboxTables, "rpc_outbox_relay"> & { rpc_outbox: Omit<OutboxTables["rpc_outbox"], "sequence"> }> = transaction;
  await inside
    .insertInto("rpc_outbox")
    .values({ event: event.name, envelope: new TextDecoder().decode(bytes) })
    .execute();
};
