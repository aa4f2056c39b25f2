import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { FoglineError, textOf } from "@fogline/findings";
import { isSshPublicKey } from "@fogline/fleet";
import type { Wifi } from "@fogline/gitops";
import { parse } from "yaml";
import { z } from "zod";

const othersMayRead = 0o077;

/** The SSH public keys of files, one a line. Throws FL4131 for a file that cannot be read or holds something else; a private key is not repeated. */
export const readPublicKeys = async (workingFolder: string, files: readonly string[]): Promise<readonly string[]> => {
  const keys = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(resolve(workingFolder, file), "utf8").catch((cause: unknown) => {
        throw new FoglineError("FL4131", `the SSH key cannot be read: ${textOf(cause)}`, { cause });
      });
      const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("#"));
      if (lines.length === 0 || !lines.every(isSshPublicKey))
        throw new FoglineError("FL4131", `${file} holds no SSH public keys, one a line`, { remedy: "Name the file that ends with .pub." });
      return lines;
    }),
  );
  return keys.flat();
};

const wifiShape = z.strictObject({
  ssid: z.string().min(1).max(32),
  password: z.string().regex(/^([ -~]{8,63}|[0-9a-fA-F]{64})$/),
  country: z.string().regex(/^[A-Z]{2}$/),
});
const wanted: Readonly<Record<string, string>> = {
  ssid: "ssid: the network's name, 1 to 32 characters",
  password: "password: 8 to 63 characters, or 64 hexadecimal digits",
  country: "country: two capital letters, such as DE",
};

/** The wireless network in a file of three lines of YAML. Throws FL4136, and never says what stands there. */
export const readWifi = async (workingFolder: string, file: string): Promise<Wifi> => {
  const path = resolve(workingFolder, file);
  const problem = (message: string): FoglineError => new FoglineError("FL4136", message);
  const mode = await stat(path).then(
    (found) => found.mode & 0o777,
    (thrown: unknown) => {
      throw problem(`the file with the wireless network cannot be read: ${textOf(thrown)}`);
    },
  );
  if ((mode & othersMayRead) !== 0) throw problem(`${file} has mode ${mode.toString(8)}, so others may read the password in it; 600 is needed`);
  let value: unknown;
  try {
    value = parse(await readFile(path, "utf8"), { logLevel: "silent" });
  } catch {
    throw problem(`${file} is no YAML of ssid, password and country`);
  }
  const read = wifiShape.safeParse(value);
  if (read.success) return read.data;
  const keys = new Set(read.error.issues.map(({ path: [key] }) => String(key ?? "")));
  const lacks = Object.entries(wanted).filter(([key]) => keys.has(key));
  throw problem(`${file} needs ${(lacks.length === 0 ? Object.entries(wanted) : lacks).map(([, text]) => text).join("; ")}; and nothing else`);
};
