import { type Code, codes, type Finding, type Place } from "@fogline/findings";
import { type EncryptedSecret, encryptedRegex, type Recipients, readRecipients, readSecretFile, recipientsFile } from "@fogline/fleet";
import { placeOfSecret } from "./place.ts";

/** What is known of the secrets without any private key. */
export interface CheckedSecrets {
  readonly findings: readonly Finding[];
  /** Files whose form is right, by path, whatever else was found in them. */
  readonly secrets: ReadonlyMap<string, EncryptedSecret>;
  /** Absent when the file that names them has a problem. */
  readonly recipients?: Recipients;
}

const problem = (code: Code, message: string, place: Place, remedy: string = codes[code].remedy): Finding => ({
  code,
  severity: "error",
  message,
  place,
  remedy,
});

/**
 * Checks everything under clusters/secrets, offline and without any private key: `files` are all its files by path, `clusters` the names that the
 * fleet has. Every file must be a Secret in its right place, encrypted as a whole, for its cluster and every operator and nobody else.
 */
export const checkSecrets = (clusters: readonly string[], files: ReadonlyMap<string, string>): CheckedSecrets => {
  const listed = files.get(recipientsFile);
  const { recipients, findings } = readRecipients(listed === undefined ? undefined : { path: recipientsFile, text: listed }, clusters);
  const found = [...findings];
  const secrets = new Map<string, EncryptedSecret>();
  for (const [path, text] of files) {
    found.push(...privateKeys(path, text));
    if (path === recipientsFile) continue;
    const at = placeOfSecret(path);
    if (at === undefined || !clusters.includes(at.cluster)) {
      found.push(
        problem("FL3215", at === undefined ? `no secret can stand here` : `the fleet has no cluster ${at.cluster}`, { file: path, line: 1 }),
      );
      continue;
    }
    const read = readSecretFile({ path, text });
    found.push(...read.findings);
    if (read.secret === undefined) continue;
    secrets.set(path, read.secret);
    found.push(...problemsOf(read.secret, at, recipients));
  }
  found.push(...twice(secrets));
  return { findings: found, secrets, ...(recipients === undefined ? {} : { recipients }) };
};

/** A private key in a folder that git keeps opens everything that was ever encrypted for it. */
const privateKeys = (path: string, text: string): Finding[] => {
  const at = text.search(/AGE-SECRET-KEY-(?:PQ-)?1[A-Z0-9]/i);
  if (at === -1) return [];
  const line = text.slice(0, at).split("\n").length;
  return [problem("FL3204", "a private key of age stands in this file, so whoever reads the repository can read the secrets", { file: path, line })];
};

const problemsOf = (
  secret: EncryptedSecret,
  at: { readonly cluster: string; readonly name: string },
  recipients: Recipients | undefined,
): Finding[] => {
  const found: Finding[] = [];
  if (secret.name !== at.name) {
    const message = `the Secret is named ${secret.name}, the file ${at.name}.sops.yaml`;
    found.push(problem("FL3215", message, secret.placeOf(["metadata", "name"]), `Name the file ${secret.name}.sops.yaml, or the Secret ${at.name}.`));
  }
  for (const { section, key, state, place } of secret.entries)
    if (state === "clear") found.push(problem("FL3211", `${section}.${key} is not encrypted`, place));
  found.push(...wayProblems(secret));
  if (recipients !== undefined) found.push(...recipientProblems(secret, at.cluster, recipients));
  if (secret.valuesToChange.length > 0) {
    const message = `somebody who was removed can still read ${secret.valuesToChange.join(", ")}`;
    const remedy = `Change each where it is used, then \`fogline secret set ${at.cluster} ${at.name} ${secret.valuesToChange.join(" ")}\`.`;
    found.push(problem("FL3220", message, secret.placeOf(["metadata", "annotations"]), remedy));
  }
  return found;
};

const wayProblems = (secret: EncryptedSecret): Finding[] => {
  const found: Finding[] = [];
  if (secret.encryptedRegex !== encryptedRegex) {
    const message = `encrypted_regex is ${secret.encryptedRegex ?? "not set"}, it must be ${encryptedRegex}`;
    found.push(problem("FL3217", message, secret.placeOf(["sops", "encrypted_regex"])));
  }
  for (const word of [...secret.otherKeys, ...secret.otherRules])
    found.push(problem("FL3217", `the sops block has ${word}, which this fleet does not use`, secret.placeOf(["sops", word])));
  return found;
};

/** Recipients of the file against those of the inventory, both ways. */
const recipientProblems = (secret: EncryptedSecret, cluster: string, { operators, clusters }: Recipients): Finding[] => {
  const place = secret.placeOf(["sops", "age"]);
  const own = clusters[cluster];
  const found: Finding[] = [];
  const listed = { file: recipientsFile, line: 1 };
  if (own === undefined)
    found.push(
      problem(
        "FL3203",
        `cluster ${cluster} has no key, and ${secret.file} is there for it to read`,
        listed,
        `Run \`fogline cluster init ${cluster}\`.`,
      ),
    );
  if (operators.length === 0)
    found.push(
      problem(
        "FL3203",
        `no operator can read ${secret.file}: it is lost when the cluster's key is`,
        listed,
        "Name an operator: `fogline cluster init`.",
      ),
    );
  const rotate = `Run \`fogline secret rotate ${cluster} ${secret.name}\`.`;
  const missing = [
    ...(own === undefined ? [] : [{ whose: `cluster ${cluster}`, key: own }]),
    ...operators.map((key, index) => ({ whose: `operator ${index + 1}`, key })),
  ];
  for (const { whose, key } of missing)
    if (!secret.recipients.includes(key)) found.push(problem("FL3212", `it is not encrypted for ${whose} (${key})`, place, rotate));
  const ofOthers = new Map(Object.entries(clusters).map(([name, key]) => [key, name]));
  for (const key of secret.recipients) {
    if (key === own || operators.includes(key)) continue;
    const other = ofOthers.get(key);
    if (other === undefined) found.push(problem("FL3213", `it is encrypted for ${key}, who is neither cluster ${cluster} nor an operator`, place));
    else found.push(problem("FL3214", `it is encrypted for cluster ${other} (${key}), and it is cluster ${cluster}'s`, place));
  }
  return found;
};

const twice = (secrets: ReadonlyMap<string, EncryptedSecret>): Finding[] => {
  const first = new Map<string, string>();
  return [...secrets.values()].flatMap(({ file, namespace, name, placeOf }) => {
    const id = `${placeOfSecret(file)?.cluster} ${namespace}/${name}`;
    const other = first.get(id);
    first.set(id, other ?? file);
    return other === undefined ? [] : [problem("FL3216", `${other} is the Secret ${namespace}/${name} as well`, placeOf(["metadata", "name"]))];
  });
};
