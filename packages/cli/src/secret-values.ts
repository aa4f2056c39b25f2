import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { FoglineError, textOf } from "@fogline/findings";
import { openSecretInput } from "./secret-input.ts";

type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean };

/**
 * The values of keys: asked for twice and not shown where a person sits, else from standard input: all of it for one key, without the last line's end;
 * one line for each of several. Throws FL3222 when one is empty. Values are in no message.
 */
export const askValues = async (
  keys: readonly { readonly key: string; readonly question: string }[],
  input: Input = process.stdin,
  terminal: { write(text: string): unknown } = process.stderr,
): Promise<ReadonlyMap<string, Uint8Array>> => {
  const [only] = keys;
  if (input.isTTY !== true && only !== undefined && keys.length === 1)
    return new Map([[only.key, given(only.key, withoutLastLineEnd(await all(input)))]]);
  const secrets = openSecretInput(input, terminal);
  const values = new Map<string, Uint8Array>();
  try {
    for (const { key, question } of keys) {
      const value = await secrets.ask(`${question}: `, { hidden: true });
      if (secrets.asks && (await secrets.ask("once more: ", { hidden: true })) !== value)
        throw new FoglineError("FL3222", `the two values of ${key} are not the same, so nothing was changed`, { remedy: "run the command again" });
      values.set(key, given(key, Buffer.from(value)));
    }
  } finally {
    secrets.close();
  }
  return values;
};

/** The value of a key: a file as it is, to the last byte. Throws FL3222 when it is empty or cannot be read. */
export const fileValue = async (key: string, file: string, workingFolder: string): Promise<ReadonlyMap<string, Uint8Array>> => {
  const bytes = await readFile(resolve(workingFolder, file)).catch((cause: unknown) => {
    throw new FoglineError("FL3222", `the value of ${key} cannot be read: ${textOf(cause)}`, {
      remedy: "give --from-file a file that is there",
      cause,
    });
  });
  return new Map([[key, given(key, bytes)]]);
};

const given = (key: string, value: Uint8Array): Uint8Array => {
  if (value.length > 0) return value;
  throw new FoglineError("FL3222", `no value was given for ${key}, so nothing was changed`, {
    remedy: "type it, give it on standard input, or name a file with --from-file",
  });
};

const all = async (input: Input): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of input) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
};

const withoutLastLineEnd = (bytes: Buffer): Buffer => {
  if (bytes.at(-1) !== 0x0a) return bytes;
  return bytes.subarray(0, bytes.at(-2) === 0x0d ? -2 : -1);
};
