import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";

/** A session at a hub that this user opened with `fogline login`. */
export interface Login {
  readonly url: string;
  readonly name: string;
  readonly accessToken: string;
  readonly accessExpiresAtMs: number;
  readonly refreshToken: string;
}

const Stored = z.object({
  url: z.string(),
  name: z.string(),
  accessToken: z.string(),
  accessExpiresAtMs: z.int(),
  refreshToken: z.string(),
});

/** The sessions of this user, one for each hub, in files that nobody else may read. */
export interface Logins {
  read(url: string): Login | undefined;
  write(login: Login): void;
  remove(url: string): void;
}

/** In `fogline` below XDG_CONFIG_HOME, or below `.config` of the home folder (XDG Base Directory Specification). */
export const openLogins = (environment: Readonly<Record<string, string | undefined>>): Logins => {
  const base = environment.XDG_CONFIG_HOME ?? join(environment.HOME ?? homedir(), ".config");
  const folder = join(base, "fogline", "logins");
  const pathOf = (url: string): string => join(folder, `${hubName(url)}.json`);
  return {
    read: (url) => {
      try {
        const login = Stored.safeParse(JSON.parse(readFileSync(pathOf(url), "utf8")));
        // Two addresses may have one file name; a token is never sent to another than its own.
        return login.success && originOf(login.data.url) === originOf(url) ? login.data : undefined;
      } catch {
        return undefined;
      }
    },
    write: (login) => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      chmodSync(folder, 0o700);
      writeAtOnce(pathOf(login.url), `${JSON.stringify(login, null, 2)}\n`);
    },
    remove: (url) => rmSync(pathOf(url), { force: true }),
  };
};

/** Whole or not at all: a session whose next refresh token was half written is lost. */
const writeAtOnce = (path: string, text: string): void => {
  const written = `${path}.${process.pid}.new`;
  rmSync(written, { force: true });
  const file = openSync(written, "wx", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(written, path);
};

/** Scheme, host and port: what one hub is. */
export const originOf = (url: string): string => URL.parse(url)?.origin ?? url;

const hubName = (url: string): string => originOf(url).replace(/[^a-zA-Z0-9.-]+/g, "_");
