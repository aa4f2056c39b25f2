import { columnTypes, type Dialect, type Migration } from "@fogline/ports";
import type { Kysely } from "kysely";

// Tables of device identity. Times are integer milliseconds: the same on SQLite and PostgreSQL.

/** The built-in CA. One row at most; none where the gateway is given a CA. */
export interface AuthorityRow {
  readonly name: "built-in";
  readonly certificate_pem: string;
  /** PKCS #8 in DER, sealed. */
  readonly sealed_key: Uint8Array;
}

export interface EnrolmentRow {
  readonly id: string;
  readonly node: string;
  /** SHA-256 of the token's secret, hexadecimal. */
  readonly secret_hash: string;
  readonly created_at_ms: number;
  readonly expires_at_ms: number;
  readonly used_at_ms: number | null;
  /** SHA-256 of the public key that used it: the same key may ask again, because its answer may have been lost. */
  readonly used_by_key: string | null;
}

export interface CertificateRow {
  /** Hexadecimal, lower case. */
  readonly serial: string;
  readonly node: string;
  readonly fingerprint: string;
  readonly not_before_ms: number;
  readonly not_after_ms: number;
  readonly issued_at_ms: number;
  readonly revoked_at_ms: number | null;
}

/** How often anything was revoked. Grows in the transaction that revokes, so that who reads the same number again has missed nothing. */
export interface RevocationsRow {
  readonly name: "all";
  readonly count: number;
}

/** A wish that a device makes a new key: until its new certificate was used. */
export interface RotationRow {
  readonly node: string;
  readonly wanted_at_ms: number;
}

export interface EnrolmentSchema {
  authorities: AuthorityRow;
  enrolments: EnrolmentRow;
  certificates: CertificateRow;
  revocations: RevocationsRow;
  rotations: RotationRow;
}

const identity = async (database: Kysely<EnrolmentSchema>, dialect: Dialect): Promise<void> => {
  const type = columnTypes(dialect);
  await database.schema
    .createTable("authorities")
    .addColumn("name", type.text, (column) => column.primaryKey())
    .addColumn("certificate_pem", type.text, (column) => column.notNull())
    .addColumn("sealed_key", type.bytes, (column) => column.notNull())
    .execute();
  await database.schema
    .createTable("enrolments")
    .addColumn("id", type.text, (column) => column.primaryKey())
    .addColumn("node", type.text, (column) => column.notNull())
    .addColumn("secret_hash", type.text, (column) => column.notNull().unique())
    .addColumn("created_at_ms", type.integer, (column) => column.notNull())
    .addColumn("expires_at_ms", type.integer, (column) => column.notNull())
    .addColumn("used_at_ms", type.integer)
    .addColumn("used_by_key", type.text)
    .execute();
  await database.schema.createIndex("enrolments_node").on("enrolments").column("node").execute();
  await database.schema
    .createTable("certificates")
    .addColumn("serial", type.text, (column) => column.primaryKey())
    .addColumn("node", type.text, (column) => column.notNull())
    .addColumn("fingerprint", type.text, (column) => column.notNull())
    .addColumn("not_before_ms", type.integer, (column) => column.notNull())
    .addColumn("not_after_ms", type.integer, (column) => column.notNull())
    .addColumn("issued_at_ms", type.integer, (column) => column.notNull())
    .addColumn("revoked_at_ms", type.integer)
    .execute();
  await database.schema.createIndex("certificates_node").on("certificates").column("node").execute();
  await database.schema
    .createTable("revocations")
    .addColumn("name", type.text, (column) => column.primaryKey())
    .addColumn("count", type.integer, (column) => column.notNull())
    .execute();
  await database.insertInto("revocations").values({ name: "all", count: 0 }).execute();
};

const wishes = async (database: Kysely<EnrolmentSchema>, dialect: Dialect): Promise<void> => {
  const type = columnTypes(dialect);
  await database.schema
    .createTable("rotations")
    .addColumn("node", type.text, (column) => column.primaryKey())
    .addColumn("wanted_at_ms", type.integer, (column) => column.notNull())
    .execute();
};

export const enrolmentMigrations: readonly Migration[] = [
  { name: "gateway-enrolment-001-identity", up: identity },
  { name: "gateway-enrolment-002-rotations", up: wishes },
];
