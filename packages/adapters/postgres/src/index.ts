export { openPostgres, type PostgresOptions } from "./database.ts";
