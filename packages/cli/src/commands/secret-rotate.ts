import { type Finding, FoglineError } from "@fogline/findings";
import type { EncryptedSecret } from "@fogline/fleet";
import { secretFilesOf, secretPath, secretsFolder } from "@fogline/gitops";
import { changeSecret, type OpenSecret, openSecret } from "@fogline/sops";
import type { Context } from "../context.ts";
import { exitFor } from "../exit.ts";
import { heldKeys } from "../private-keys.ts";
import { openSecretStore, readersOf, refuseFor, refuseUnknownCluster, type SecretStore } from "../secret-store.ts";
import { askValues } from "../secret-values.ts";

export interface SecretRotateOptions {
  readonly values?: boolean;
  readonly key?: string;
}

/**
 * `fogline secret rotate <cluster> [name]`: a new data key, for whom the list of recipients names now. Where somebody was removed it ends with 1 until
 * the values are changed as well: git keeps the old files, and the removed key opens them.
 */
export const secretRotateCommand = async (
  context: Context,
  cluster: string,
  name: string | undefined,
  options: SecretRotateOptions,
): Promise<void> => {
  const { output, clock, random } = context;
  const store = await openSecretStore(context);
  refuseUnknownCluster(store, cluster);
  const readers = readersOf(store, cluster);
  const secrets = await openAll(context, store, pathsOf(store, cluster, name), options.key);
  const values = options.values === true ? await newValues(cluster, secrets) : undefined;
  const source = { random, nowMs: clock.now() };
  const written: { file: string; secret: EncryptedSecret; removed: readonly string[]; toChange: readonly string[] }[] = [];
  const texts = new Map<string, string>();
  for (const open of secrets) {
    const { secret } = open;
    const removed = secret.recipients.filter((recipient) => !readers.includes(recipient));
    const toChange = values === undefined ? keysToChange(open, removed) : [];
    const given = values?.get(secret.file);
    texts.set(
      secret.file,
      await changeSecret(open, { recipients: readers, valuesToChange: toChange, ...(given === undefined ? {} : { values: given }) }, source),
    );
    written.push({ file: secret.file, secret, removed, toChange });
  }
  for (const [path, text] of texts) await store.worktree.write(path, text);
  const findings = written.flatMap((one) => notDone(cluster, one));
  output.findings(findings);
  output.value({
    rotated: written.map(({ file, removed, toChange }) => ({ file, removed, valuesToChange: toChange })),
    recipients: readers,
    findings,
  });
  for (const { file, removed } of written) output.line(`rotated  ${file}${removed.length === 0 ? "" : `  no longer for ${removed.join(", ")}`}`);
  if (findings.length > 0) output.line("not done: new files are for the right readers, but the values are the old ones, which the removed key has");
  output.line("next: fogline render, then commit");
  exitFor(findings);
};

const pathsOf = ({ files }: SecretStore, cluster: string, name: string | undefined): readonly string[] => {
  const all = [...secretFilesOf(cluster, files).keys()].map((file) => `${secretsFolder}/${cluster}/${file}`);
  if (name === undefined) {
    if (all.length === 0) throw new FoglineError("FL3223", `cluster ${cluster} has no secrets`);
    return all;
  }
  const path = secretPath(cluster, name);
  if (!all.includes(path)) throw new FoglineError("FL3223", `cluster ${cluster} has no secret ${name}`);
  return [path];
};

/** All or none: what is wrong with any of the files is said before one is written. */
const openAll = async (
  context: Context,
  { files }: SecretStore,
  paths: readonly string[],
  key: string | undefined,
): Promise<readonly OpenSecret[]> => {
  const identities = (await heldKeys(context, key)).map(({ identity }) => identity);
  const opened: OpenSecret[] = [];
  const findings: Finding[] = [];
  for (const path of paths) {
    try {
      opened.push(await openSecret({ path, text: files.get(path) ?? "" }, identities));
    } catch (thrown) {
      if (!(thrown instanceof FoglineError)) throw thrown;
      const { code, message, remedy } = thrown;
      findings.push(
        ...(thrown.findings.length > 0 ? thrown.findings : [{ code, severity: "error" as const, message, place: { file: path }, remedy }]),
      );
    }
  }
  refuseFor(findings, "not every file could be opened, so nothing was changed");
  return opened;
};

const newValues = async (cluster: string, secrets: readonly OpenSecret[]): Promise<ReadonlyMap<string, ReadonlyMap<string, Uint8Array>>> => {
  const wanted = secrets.flatMap(({ secret }) =>
    keysOf(secret).map((key) => ({ key: `${secret.file} ${key}`, question: `new ${key} of ${cluster}/${secret.name}` })),
  );
  const asked = await askValues(wanted);
  return new Map(
    secrets.map(({ secret }) => [secret.file, new Map(keysOf(secret).map((key) => [key, asked.get(`${secret.file} ${key}`) ?? new Uint8Array()]))]),
  );
};

const keysOf = ({ entries }: EncryptedSecret): readonly string[] => [
  ...new Set(entries.filter(({ state }) => state === "encrypted").map(({ key }) => key)),
];

const keysToChange = ({ secret }: OpenSecret, removed: readonly string[]): readonly string[] =>
  removed.length > 0 ? keysOf(secret) : secret.valuesToChange;

const notDone = (
  cluster: string,
  { file, secret, toChange }: { readonly file: string; readonly secret: EncryptedSecret; readonly toChange: readonly string[] },
): Finding[] => {
  if (toChange.length === 0) return [];
  const message = `somebody who was removed can still read ${toChange.join(", ")}: git keeps what was encrypted before`;
  const remedy = `Change each where it is used, then \`fogline secret set ${cluster} ${secret.name} ${toChange.join(" ")}\`.`;
  return [{ code: "FL3220", severity: "error", message, place: { file }, remedy }];
};
