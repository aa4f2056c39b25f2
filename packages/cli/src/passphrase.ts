import { readFileSync } from "node:fs";
import { FoglineError, textOf } from "@fogline/findings";

/** The passphrase that a file or the environment gives; undefined when neither does. Never an argument: other users see those. */
export const passphraseOf = (file: string | undefined, environment: Readonly<Record<string, string | undefined>>): string | undefined => {
  if (file === undefined) return environment.FOGLINE_BACKUP_PASSPHRASE || undefined;
  try {
    return readFileSync(file, "utf8").split(/\r?\n/, 1)[0] ?? "";
  } catch (cause) {
    throw new FoglineError("FL4062", `the passphrase cannot be read: ${textOf(cause)}`, {
      remedy: "give --passphrase-file the file that has it",
      cause,
    });
  }
};

/** The one that seals the keys of a backup. Throws FL4062 when there is none: keys are never written in the clear. */
export const sealingPassphrase = (
  options: { readonly withKeys?: boolean; readonly passphraseFile?: string },
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined => {
  if (options.withKeys !== true) return undefined;
  const passphrase = passphraseOf(options.passphraseFile, environment);
  if (passphrase !== undefined) return passphrase;
  throw new FoglineError("FL4062", "the keys are not written into a backup in the clear, and there is no passphrase to seal them", {
    remedy: "give --passphrase-file, or set FOGLINE_BACKUP_PASSPHRASE",
  });
};
