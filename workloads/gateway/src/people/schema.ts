import { columnTypes, type Dialect, type Migration } from "@fogline/ports";
import type { Kysely } from "kysely";

export interface UserRow {
  readonly name: string;
  readonly role: string;
  readonly disabled: number;
  /** Salt and scrypt hash with its parameters; null when the user has no password. */
  readonly password: string | null;
  /** Issuer and subject at the identity provider, as JSON; null for a user of this hub alone. */
  readonly external_subject: string | null;
  readonly created_at_ms: number;
  readonly last_sign_in_at_ms: number | null;
  readonly version: number;
}

/** Open sessions only: one that ended has no row. */
export interface SessionRow {
  readonly id: string;
  readonly user_name: string;
  /** Part of what the refresh tokens of the session are made from, with the root key. */
  readonly salt: string;
  /** How often its refresh token was exchanged; only the token of this number is taken. */
  readonly generation: number;
  readonly rotated_at_ms: number;
  readonly created_at_ms: number;
  readonly last_used_at_ms: number;
  /** When it ends unless it is refreshed before, and when it ends whatever happens. */
  readonly expires_at_ms: number;
  readonly ends_at_ms: number;
  readonly address: string;
  readonly user_agent: string;
}

export interface LinkRow {
  /** SHA-256 of the code, hexadecimal. */
  readonly code_hash: string;
  /** Null for the host's own user, whatever has become of it by then. */
  readonly user_name: string | null;
  readonly expires_at_ms: number;
}

/** Access tokens that are refused before they expire. Kept only for as long as one could still be valid. */
export interface RevocationRow {
  /** `session <id>` or `node <id>`. */
  readonly subject: string;
  /** Tokens that were issued until then are refused; all of a session's, because it does not open again. */
  readonly revoked_at_ms: number;
  readonly forget_at_ms: number;
}

export interface SigningKeyRow {
  readonly kid: string;
  /** The private key, sealed with the root key. The public one is computed from it, so that nobody can slip one in. */
  readonly sealed: Uint8Array;
  readonly created_at_ms: number;
  /** Later than its creation, so that every replica knows it before it meets a token of it. */
  readonly signs_from_ms: number;
}

export interface PeopleSchema {
  people_users: UserRow;
  people_sessions: SessionRow;
  people_links: LinkRow;
  people_revocations: RevocationRow;
  people_signing_keys: SigningKeyRow;
  /** One row: the id under which this hub issues tokens. */
  people_hub: { readonly position: number; readonly id: string };
}

const up = async (database: Kysely<PeopleSchema>, dialect: Dialect): Promise<void> => {
  const { integer, text, bytes } = columnTypes(dialect);
  const { schema } = database;
  await schema
    .createTable("people_users")
    .addColumn("name", text, (column) => column.primaryKey())
    .addColumn("role", text, (column) => column.notNull())
    .addColumn("disabled", integer, (column) => column.notNull())
    .addColumn("password", text)
    .addColumn("external_subject", text, (column) => column.unique())
    .addColumn("created_at_ms", integer, (column) => column.notNull())
    .addColumn("last_sign_in_at_ms", integer)
    .addColumn("version", integer, (column) => column.notNull())
    .execute();
  await schema
    .createTable("people_sessions")
    .addColumn("id", text, (column) => column.primaryKey())
    .addColumn("user_name", text, (column) => column.notNull())
    .addColumn("salt", text, (column) => column.notNull())
    .addColumn("generation", integer, (column) => column.notNull())
    .addColumn("rotated_at_ms", integer, (column) => column.notNull())
    .addColumn("created_at_ms", integer, (column) => column.notNull())
    .addColumn("last_used_at_ms", integer, (column) => column.notNull())
    .addColumn("expires_at_ms", integer, (column) => column.notNull())
    .addColumn("ends_at_ms", integer, (column) => column.notNull())
    .addColumn("address", text, (column) => column.notNull())
    .addColumn("user_agent", text, (column) => column.notNull())
    .execute();
  await schema.createIndex("people_sessions_user").on("people_sessions").columns(["user_name", "id"]).execute();
  await schema.createIndex("people_sessions_expiry").on("people_sessions").column("expires_at_ms").execute();
  await schema
    .createTable("people_links")
    .addColumn("code_hash", text, (column) => column.primaryKey())
    .addColumn("user_name", text)
    .addColumn("expires_at_ms", integer, (column) => column.notNull())
    .execute();
  await schema
    .createTable("people_revocations")
    .addColumn("subject", text, (column) => column.primaryKey())
    .addColumn("revoked_at_ms", integer, (column) => column.notNull())
    .addColumn("forget_at_ms", integer, (column) => column.notNull())
    .execute();
  await schema
    .createTable("people_signing_keys")
    .addColumn("kid", text, (column) => column.primaryKey())
    .addColumn("sealed", bytes, (column) => column.notNull())
    .addColumn("created_at_ms", integer, (column) => column.notNull())
    .addColumn("signs_from_ms", integer, (column) => column.notNull())
    .execute();
  await schema
    .createTable("people_hub")
    .addColumn("position", integer, (column) => column.primaryKey())
    .addColumn("id", text, (column) => column.notNull())
    .execute();
};

export const peopleMigrations: readonly Migration[] = [{ name: "gateway-people-001", up }];
