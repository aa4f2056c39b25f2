/** Finds the heavier programs that some suites need and npm cannot install. */
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { env } from "node:process";

const firstExisting = (paths: readonly string[]): string | undefined => paths.find((path) => existsSync(path));

const onPath = (name: string): string | undefined => firstExisting((env.PATH ?? "").split(delimiter).map((folder) => join(folder, name)));

/** Path of a Chromium: the one FOGLINE_CHROMIUM names, else Debian's, else one on PATH. */
export const findChromium = (): string | undefined =>
  env.FOGLINE_CHROMIUM ?? firstExisting(["/usr/bin/chromium"]) ?? onPath("chromium") ?? onPath("google-chrome");

const debianPostgres = "/usr/lib/postgresql";

/** Path of PostgreSQL's `pg_ctl`: the newest of Debian's versions, else one on PATH. */
export const findPostgres = (): string | undefined => {
  const versions = existsSync(debianPostgres) ? readdirSync(debianPostgres).sort((a, b) => Number(b) - Number(a)) : [];
  return firstExisting(versions.map((version) => join(debianPostgres, version, "bin", "pg_ctl"))) ?? onPath("pg_ctl");
};

/** Sentences for the suites that will not run here, each with its remedy. */
export const missing = (): string[] => [
  ...(findPostgres() === undefined ? ["PostgreSQL is not installed: its suites are skipped. fix: apt-get install postgresql"] : []),
];
