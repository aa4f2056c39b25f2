import type { Dialect } from "./database.ts";

/**
 * Column types that mean the same in both dialects; use these in migrations instead of literal names.
 *
 * - `integer`: whole numbers up to 2^53: counts, bytes, times in milliseconds, and 0 or 1 for truth (SQLite has no boolean).
 * - `real`: double precision.
 * - `text`: strings; also JSON, which is written and parsed by the owner of the table, because the dialects' JSON types differ.
 * - `bytes`: arrives as a Uint8Array.
 */
export const columnTypes = (dialect: Dialect) =>
  dialect === "sqlite"
    ? ({ integer: "integer", real: "real", text: "text", bytes: "blob" } as const)
    : ({ integer: "bigint", real: "double precision", text: "text", bytes: "bytea" } as const);
