import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { FoglineError, textOf } from "@fogline/findings";
import * as z from "zod/mini";

const pem = z.string().check(z.minLength(1));

/** Who this device is, as it is kept between two starts. */
export const StoredIdentity = z.object({
  /** What it shows and what it trusts; null until it has enrolled. */
  enrolled: z.nullable(
    z.object({
      hubUrl: z.string(),
      nodeId: z.string(),
      keyPem: pem,
      /** The device's certificate, then those between it and the CA. */
      certificatePem: pem,
      caPem: pem,
      /** When it got this certificate, by its own clock. */
      obtainedAtMs: z.int(),
    }),
  ),
  /** The key with which it enrols now: when the answer is lost, the same key may ask again. */
  enrolling: z.nullable(z.object({ tokenHash: z.string(), keyPem: pem })),
  /** The token that was used or refused last: it is not tried again. */
  spentTokenHash: z.nullable(z.string()),
});
export type StoredIdentity = z.output<typeof StoredIdentity>;

/** Keeps an identity. What was written is whole or not there, also after a power cut. */
export interface IdentityStore {
  read(): StoredIdentity;
  write(identity: StoredIdentity): void;
}

const nobody: StoredIdentity = { enrolled: null, enrolling: null, spentTokenHash: null };

/** In one file that only this user can read: key and certificate are never of two different times. */
export const fileIdentityStore = (path: string): IdentityStore => ({
  read: () => {
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return nobody;
      throw new FoglineError("FL4017", `the identity in ${path} cannot be read: ${textOf(thrown)}`, { cause: thrown });
    }
    const parsed = StoredIdentity.safeParse(jsonIn(text));
    if (parsed.success) return parsed.data;
    throw new FoglineError("FL4015", `${path} does not hold an identity`, {
      remedy: "remove it and enrol the device anew: `fogline device enrol <id>`",
    });
  },
  write: (identity) => {
    const written = `${path}.new`;
    try {
      mkdirSync(dirname(path), { recursive: true });
      rmSync(written, { force: true });
      const file = openSync(written, "wx", 0o600);
      try {
        writeSync(file, `${JSON.stringify(identity, null, 2)}\n`);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(written, path);
    } catch (thrown) {
      rmSync(written, { force: true });
      throw new FoglineError("FL4017", `the identity in ${path} cannot be written: ${textOf(thrown)}`, { cause: thrown });
    }
  },
});

const jsonIn = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** For as long as the process lives. */
export const memoryIdentityStore = (): IdentityStore => {
  let kept = nobody;
  return {
    read: () => kept,
    write: (identity) => {
      kept = identity;
    },
  };
};
