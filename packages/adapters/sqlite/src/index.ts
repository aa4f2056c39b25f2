export { openSqlite } from "./database.ts";
