import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = process.env.FOGLINE_SOPS ?? fileURLToPath(new URL("../../../../../.cache/tools", import.meta.url));
const path = (name: string): string => `${folder}/${name}`;

/** SOPS and age as their authors wrote them: `npm run tools` builds them. */
export const hasSops = ["sops", "age", "age-keygen"].every((name) => existsSync(path(name)));

/** For the name of a suite, so that the report tells when it did not run. */
export const sopsNote = hasSops ? "" : " (skipped: no SOPS; `npm run tools` builds it)";

/** What a program writes on standard output. `keyFile` is what SOPS decrypts with. Throws when it fails, with what it said. */
const run = (name: string, args: readonly string[], keyFile?: string, input?: string): string => {
  const { PATH, HOME } = process.env;
  return execFileSync(path(name), args, {
    encoding: "utf8",
    stdio: ["pipe", "pipe", "pipe"],
    input: input ?? "",
    env: { PATH, HOME, ...(keyFile === undefined ? {} : { SOPS_AGE_KEY_FILE: keyFile }) },
  });
};

/** `sops <args>`. */
export const sops = (args: readonly string[], keyFile?: string): string => run("sops", args, keyFile);
/** `age <args>` with something on standard input. */
export const age = (args: readonly string[], input?: string): string => run("age", args, undefined, input);
/** `age-keygen <args>`. */
export const ageKeygen = (args: readonly string[]): string => run("age-keygen", args);
