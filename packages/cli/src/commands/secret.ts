import { existsSync } from "node:fs";
import { codes, type Finding, FoglineError } from "@fogline/findings";
import { openSecret } from "@fogline/sops";
import type { Context } from "../context.ts";
import { exitFor } from "../exit.ts";
import { heldKeys, keyFilesOf, treeKeyFile } from "../private-keys.ts";
import { openSecretStore, refuseUnknownCluster, type SecretStore, secretsOf } from "../secret-store.ts";

/** `fogline secret list [cluster]`: what there is, without any key and without any value. */
export const secretListCommand = async (context: Context, cluster: string | undefined): Promise<void> => {
  const { output } = context;
  const store = await openSecretStore(context);
  if (cluster !== undefined) refuseUnknownCluster(store, cluster);
  const secrets = secretsOf(store, cluster).map(({ cluster: of, name, namespace, entries, recipients, lastModified, valuesToChange, file }) => ({
    ...{ cluster: of, name, namespace, file, keys: [...new Set(entries.map(({ key }) => key))], recipients, lastModified, valuesToChange },
  }));
  output.value({ secrets });
  output.line(secrets.length === 0 ? "no secrets. make one: fogline secret set <cluster> <name> <key>" : count(secrets.length, "secret"));
  if (secrets.length === 0) return;
  output.table(secrets, [
    { title: "CLUSTER", text: (secret) => secret.cluster },
    { title: "SECRET", text: ({ namespace, name }) => `${namespace}/${name}` },
    { title: "READERS", text: ({ recipients }) => String(recipients.length), right: true },
    { title: "CHANGED", text: ({ lastModified }) => lastModified },
    { title: "KEYS", text: ({ keys, valuesToChange }) => keys.map((key) => (valuesToChange.includes(key) ? `${key} (change it)` : key)).join(" ") },
  ]);
};

/** `fogline secret check`: everything that can be seen without a key, and the MAC of each file that a key here opens. */
export const secretCheckCommand = async (context: Context, { key }: { readonly key?: string }): Promise<void> => {
  const { output } = context;
  const store = await openSecretStore(context);
  const verified = await verify(
    store,
    (await heldKeys(context, key)).map(({ identity }) => identity),
  );
  const findings = [...store.checked.findings, ...verified.findings, ...(await keptKeys(context, store))];
  const secrets = secretsOf(store);
  output.findings(findings);
  output.value({ findings, secrets: secrets.length, verified: verified.count });
  const clusters = new Set(secrets.map(({ cluster }) => cluster)).size;
  const errors = count(findings.filter(({ severity }) => severity === "error").length, "error");
  output.line(`${count(secrets.length, "secret")} of ${count(clusters, "cluster")}, MAC verified in ${verified.count}: ${errors}`);
  if (verified.closed > 0) output.line(`no private key here opens ${count(verified.closed, "file")}, so their MAC was not verified; --key names one`);
  exitFor(findings);
};

interface Verified {
  readonly findings: readonly Finding[];
  /** Files whose MAC is right. */
  readonly count: number;
  /** Files that no key here opens. */
  readonly closed: number;
}

const verify = async ({ files, checked }: SecretStore, identities: readonly string[]): Promise<Verified> => {
  const findings: Finding[] = [];
  let verified = 0;
  let closed = 0;
  for (const path of checked.secrets.keys()) {
    try {
      await openSecret({ path, text: files.get(path) ?? "" }, identities);
      verified += 1;
    } catch (thrown) {
      if (!(thrown instanceof FoglineError)) throw thrown;
      if (thrown.code === "FL3208") closed += 1;
      // The others were found without a key.
      findings.push(...thrown.findings.filter(({ code }) => code === "FL3218" || code === "FL3219"));
    }
  }
  return { findings, count: verified, closed };
};

const keptKeys = async (context: Context, { worktree }: SecretStore): Promise<Finding[]> => {
  const found: Finding[] = [];
  for (const file of [...(await keyFilesOf(context)), treeKeyFile(context)]) {
    if (existsSync(file) && (await worktree.wouldKeep(file)))
      found.push({
        code: "FL3204",
        severity: "error",
        message: "git keeps this private key, or would",
        place: { file },
        remedy: codes.FL3204.remedy,
      });
  }
  return found;
};

const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? "" : "s"}`;
