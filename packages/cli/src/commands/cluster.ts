import { existsSync } from "node:fs";
import { FoglineError } from "@fogline/findings";
import { type Recipients, readRecipients, recipientProblem, recipientsFile, withRecipients } from "@fogline/fleet";
import { type KeyPair, newKeyPair } from "@fogline/sops";
import type { Context } from "../context.ts";
import { heldKeysIn, keyFileOf, retireKeyFile, writeKeyFile } from "../private-keys.ts";
import { openSecretStore, recipientsOf, refuseFor, refuseUnknownCluster, type SecretStore, secretsOf } from "../secret-store.ts";

export interface ClusterInitOptions {
  readonly operator?: readonly string[];
  readonly newKey?: boolean;
}

/** A public key, and where its private half is on this machine, if it is. */
interface Reader {
  readonly recipient: string;
  readonly file?: string;
  /** To be written. */
  readonly made?: KeyPair;
  /** The recipient that it takes the place of. */
  readonly instead?: string;
}

/** `fogline cluster init <cluster>`: its age key, and an operator's, with the public halves in the list of recipients. Never overwrites a key. */
export const clusterInitCommand = async (context: Context, cluster: string, { operator = [], newKey = false }: ClusterInitOptions): Promise<void> => {
  const store = await openSecretStore(context);
  refuseUnknownCluster(store, cluster);
  const recipients = recipientsOf(store);
  for (const recipient of operator) refuseRecipient(recipient);
  const own = await clusterReader(context, cluster, recipients.clusters[cluster], newKey);
  const operators = await operatorReaders(context, recipients, operator);
  const text = listWith(store, cluster, own, operators);
  await writeKeys(context, store, [own, ...operators], own.instead === undefined ? undefined : keyFileOf(context, cluster));
  const changed = text !== store.files.get(recipientsFile);
  if (changed) await store.worktree.write(recipientsFile, text);
  report(context, store, { cluster, own, operators, changed });
};

const refuseRecipient = (recipient: string): void => {
  const problem = recipientProblem(recipient);
  if (problem !== undefined) throw new FoglineError("FL3202", `--operator is no age recipient: ${problem}`);
};

const clusterReader = async (context: Context, cluster: string, listed: string | undefined, newKey: boolean): Promise<Reader> => {
  const file = keyFileOf(context, cluster);
  const held = await keyIn(file);
  const make = async (): Promise<Reader> => {
    const made = await newKeyPair();
    return { recipient: made.recipient, file, made };
  };
  if (newKey && (held !== undefined || listed !== undefined)) return { ...(await make()), instead: listed ?? held?.recipient ?? "" };
  if (held === undefined) return listed === undefined ? make() : { recipient: listed };
  if (listed === undefined || listed === held.recipient) return { recipient: held.recipient, file };
  throw new FoglineError("FL3207", `${file} has the key of ${held.recipient}, ${recipientsFile} names ${listed} for cluster ${cluster}`);
};

/** Those that are listed, those that are given, and where that is nobody, one that is made here. */
const operatorReaders = async (context: Context, { operators }: Recipients, given: readonly string[]): Promise<readonly Reader[]> => {
  const file = keyFileOf(context, "operator");
  const held = await keyIn(file);
  const all = [...new Set([...operators, ...given])];
  if (all.length === 0) {
    if (held !== undefined) return [{ recipient: held.recipient, file }];
    const made = await newKeyPair();
    return [{ recipient: made.recipient, file, made }];
  }
  return all.map((recipient) => (recipient === held?.recipient ? { recipient, file } : { recipient }));
};

const keyIn = async (file: string): Promise<KeyPair | undefined> => {
  if (!existsSync(file)) return undefined;
  const [pair, ...more] = await heldKeysIn(file);
  if (more.length > 0) throw new FoglineError("FL3206", `${file} holds several private keys, and must hold one`);
  return pair;
};

/** The list of recipients after the change; refuses one that would have a problem. */
const listWith = (store: SecretStore, cluster: string, own: Reader, operators: readonly Reader[]): string => {
  const before = recipientsOf(store);
  const added = operators.map(({ recipient }) => recipient).filter((recipient) => !before.operators.includes(recipient));
  const present = store.files.get(recipientsFile);
  const changes = {
    ...(before.clusters[cluster] === own.recipient ? {} : { cluster: { name: cluster, recipient: own.recipient } }),
    ...(added.length === 0 ? {} : { operators: added }),
  };
  if (present !== undefined && Object.keys(changes).length === 0) return present;
  const text = withRecipients(present, changes);
  const names = store.clusters.map(({ name }) => name);
  refuseFor(readRecipients({ path: recipientsFile, text }, names).findings, `${recipientsFile} would have errors, so nothing was done`);
  return text;
};

const writeKeys = async (context: Context, { worktree }: SecretStore, readers: readonly Reader[], retire: string | undefined): Promise<void> => {
  for (const { file } of readers) {
    if (file !== undefined && (await worktree.wouldKeep(file)))
      throw new FoglineError("FL3204", `${file} would be, or is, kept by git, and a private key must never be; nothing was written`);
  }
  const before = retire === undefined ? undefined : await keyIn(retire);
  if (retire !== undefined && before !== undefined) await retireKeyFile(retire, before.recipient);
  for (const { file, made } of readers) if (file !== undefined && made !== undefined) await writeKeyFile(file, made, context.clock.now());
};

interface Outcome {
  readonly cluster: string;
  readonly own: Reader;
  readonly operators: readonly Reader[];
  readonly changed: boolean;
}

const report = ({ output }: Context, store: SecretStore, { cluster, own, operators, changed }: Outcome): void => {
  const shown = ({ recipient, file, made }: Reader) => ({ recipient, keyFile: file ?? null, made: made !== undefined });
  output.value({ cluster, own: shown(own), operators: operators.map(shown), recipientsFile, changed });
  const where = ({ file, made }: Reader): string =>
    file === undefined ? "private key not on this machine" : `${made ? "new " : ""}private key in ${file}`;
  output.line(`cluster   ${own.recipient}  ${where(own)}`);
  for (const reader of operators) output.line(`operator  ${reader.recipient}  ${where(reader)}`);
  output.line(changed ? `wrote     ${recipientsFile}` : `          ${recipientsFile} names them all already`);
  if (operators.some(({ file }) => file !== undefined))
    output.line(
      output.colours.yellow(
        "warning   the operator's key opens every secret of the fleet: copy it to something that is kept offline, then delete it here",
      ),
    );
  if (store.clusters.find(({ name }) => name === cluster)?.local === true)
    output.line(output.colours.yellow(`warning   ${cluster} is run by \`fogline up\`, which decrypts no secrets; only a cluster with Flux does`));
  if (own.file !== undefined) {
    output.line("day 0     brings the cluster's key into it, before Flux starts, as Secret flux-system/sops-age; by hand:");
    const made = `kubectl create secret generic sops-age -n flux-system --from-file=${cluster}.agekey=${own.file} --dry-run=client -o yaml`;
    output.line(`          ${made} | kubectl --context ${cluster} apply -f -`);
  }
  const stale = own.instead !== undefined || (changed && secretsOf(store, cluster).length > 0);
  output.line(`next      git add ${recipientsFile}; ${stale ? `fogline secret rotate ${cluster}` : `fogline secret set ${cluster} <name> <key>`}`);
};
