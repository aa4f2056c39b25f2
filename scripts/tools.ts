/** Finds the heavier programs that some suites need and npm cannot install. */
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { env } from "node:process";
import { root } from "./root.ts";

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

/** What `npm run go-programs` builds, where it was built. */
const findGoProgram = (name: string): string | undefined => firstExisting([join(root, ".cache/go", name)]);

/** Sentences for the suites that will not run here, each with its remedy. */
export const missing = (): string[] => [
  ...(findGoProgram("pebble") === undefined || findGoProgram("compose") === undefined
    ? [
        "Pebble and compose-go are not built: certificates by ACME and the compose file are not tried against them. fix: npm run go-programs, which needs Go",
      ]
    : []),
  ...(["sops", "age", "age-keygen"].some((name) => findGoProgram(name) === undefined)
    ? ["SOPS and age are not built: encrypted secrets are not tried against them. fix: npm run go-programs, which needs Go"]
    : []),
  ...(findPostgres() === undefined ? ["PostgreSQL is not installed: its suites are skipped. fix: apt-get install postgresql"] : []),
];
