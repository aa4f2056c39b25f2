import { FoglineError } from "@fogline/findings";
import { secretPath } from "@fogline/gitops";
import { changeSecret, createSecret, type OpenSecret, openSecret } from "@fogline/sops";
import type { Context } from "../context.ts";
import { heldKeys } from "../private-keys.ts";
import { openSecretStore, readersOf, refuseUnknownCluster, type SecretStore } from "../secret-store.ts";
import { askValues, fileValue } from "../secret-values.ts";

export interface SecretSetOptions {
  readonly fromFile?: string;
  readonly namespace?: string;
  readonly replace?: boolean;
  readonly key?: string;
}

/** Where the workloads of a rendered tree are. */
const defaultNamespace = "fogline";

/** What a file of a secret is, and who is to read it, before values are asked for. */
interface Target {
  readonly cluster: string;
  readonly name: string;
  readonly path: string;
  readonly readers: readonly string[];
  /** Absent when the file is written anew. */
  readonly open?: OpenSecret;
}

/** `fogline secret set <cluster> <name> <key...>`: encrypts values; in an existing file the other keys stay. */
export const secretSetCommand = async (
  context: Context,
  { cluster, name, keys }: { readonly cluster: string; readonly name: string; readonly keys: readonly string[] },
  options: SecretSetOptions,
): Promise<void> => {
  const { output, clock, random, workingFolder } = context;
  refuseNames(name, keys, options.namespace);
  const store = await openSecretStore(context);
  refuseUnknownCluster(store, cluster);
  const target = await targetOf(context, store, { cluster, name }, options);
  const [first = ""] = keys;
  const values =
    options.fromFile === undefined
      ? await askValues(keys.map((key) => ({ key, question: `${key} of ${cluster}/${name}` })))
      : await fileValue(first, options.fromFile, workingFolder);
  const source = { random, nowMs: clock.now() };
  const { open, path, readers } = target;
  const text =
    open === undefined
      ? await createSecret({ name, namespace: options.namespace ?? namespaceOf(store, path), values, recipients: readers }, source)
      : await changeSecret(open, { values, valuesToChange: open.secret.valuesToChange.filter((key) => !values.has(key)) }, source);
  await store.worktree.write(path, text);
  output.value({ file: path, cluster, name, keys: [...values.keys()], recipients: readers, created: open === undefined });
  output.line(`encrypted ${keys.join(", ")} for cluster ${cluster} and ${count(readers.length - 1, "operator")} in ${path}`);
  output.line("next: fogline render, then commit");
};

const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? "" : "s"}`;

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

const refuseNames = (name: string, keys: readonly string[], namespace: string | undefined): void => {
  const refuse = (what: string): never => {
    throw new FoglineError("FL3221", `Kubernetes does not take ${what}`);
  };
  if (name.length > 253 || !name.split(".").every((part) => label.test(part))) refuse(`the name ${JSON.stringify(name)} for a Secret`);
  for (const key of keys) if (!/^[-._A-Za-z0-9]{1,253}$/.test(key) || key === "." || key === "..") refuse(`the key ${JSON.stringify(key)}`);
  if (namespace !== undefined && !label.test(namespace)) refuse(`the namespace ${JSON.stringify(namespace)}`);
};

const targetOf = async (
  context: Context,
  store: SecretStore,
  { cluster, name }: { readonly cluster: string; readonly name: string },
  { namespace, replace = false, key }: SecretSetOptions,
): Promise<Target> => {
  const readers = readersOf(store, cluster);
  const path = secretPath(cluster, name);
  const text = store.files.get(path);
  const base = { cluster, name, path, readers };
  if (text === undefined || replace) return base;
  const held = await heldKeys(context, key);
  const open = await openSecret(
    { path, text },
    held.map(({ identity }) => identity),
  );
  const { secret } = open;
  if (namespace !== undefined && namespace !== secret.namespace)
    throw new FoglineError("FL3224", `${path} is in namespace ${secret.namespace}, not ${namespace}`);
  const missing = readers.filter((reader) => !secret.recipients.includes(reader));
  const superfluous = secret.recipients.filter((reader) => !readers.includes(reader));
  const remedy = `Run \`fogline secret rotate ${cluster} ${name}\` first.`;
  if (superfluous.length > 0)
    throw new FoglineError("FL3213", `${path} is also encrypted for ${superfluous.join(", ")}, who would read the value`, { remedy });
  if (missing.length > 0)
    throw new FoglineError("FL3212", `${path} is not encrypted for ${missing.join(", ")}, who could not read the value`, { remedy });
  return { ...base, open };
};

const namespaceOf = ({ checked }: SecretStore, path: string): string => checked.secrets.get(path)?.namespace ?? defaultNamespace;
