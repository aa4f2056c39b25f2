import type { Finding, Place } from "@fogline/findings";
import { type FleetDocument, type FleetFile, readFleetDocument, type Table } from "../document.ts";
import { inputFinding } from "./input-finding.ts";

/** What SOPS is told to encrypt: the two parts of a Secret that hold values. Flux decrypts whatever it finds; this is what Fogline writes. */
export const encryptedRegex = "^(data|stringData)$";
export const encryptedSections = ["data", "stringData"] as const;

/** Names the keys of a Secret whose values somebody can read who was removed. In clear, and covered by the file's MAC. */
export const valuesToChangeAnnotation = "fogline/values-to-change";

/** A value of a Secret, without the value. */
export interface SecretEntry {
  readonly section: (typeof encryptedSections)[number];
  readonly key: string;
  /** `encrypted` as SOPS writes it, `empty` (SOPS leaves that as it is), `clear`: for everybody to read, or not a text at all. */
  readonly state: "encrypted" | "empty" | "clear";
  readonly place: Place;
}

/** What an encrypted Secret says without any key. */
export interface EncryptedSecret {
  readonly file: string;
  readonly name: string;
  readonly namespace: string;
  readonly entries: readonly SecretEntry[];
  /** age recipients that it is encrypted for, in the order of the file. */
  readonly recipients: readonly string[];
  /** Words of the `sops` block for keys of another kind than age, such as `kms` or `pgp`. */
  readonly otherKeys: readonly string[];
  /** As it is in the file; a Secret encrypted by another rule has none. */
  readonly encryptedRegex?: string;
  /** Other rules for what is encrypted, such as `unencrypted_suffix`. */
  readonly otherRules: readonly string[];
  readonly lastModified: string;
  /** Keys whose values must be changed. */
  readonly valuesToChange: readonly string[];
  readonly placeOf: FleetDocument["placeOf"];
}

const encryptedValue = /^ENC\[AES256_GCM,data:[A-Za-z0-9+/]+=*,iv:[A-Za-z0-9+/]+=*,tag:[A-Za-z0-9+/]+=*,type:(?:str|int|float|bool|bytes)\]$/;
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
const keyKinds = ["kms", "gcp_kms", "hckms", "azure_kv", "hc_vault", "pgp", "key_groups"];
const rules = [
  "unencrypted_suffix",
  "encrypted_suffix",
  "unencrypted_regex",
  "unencrypted_comment_regex",
  "encrypted_comment_regex",
  "mac_only_encrypted",
];

const isTable = (value: unknown): value is Table => typeof value === "object" && value !== null && !Array.isArray(value);
const table = (value: unknown): Table => (isTable(value) ? value : {});
const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
const isGiven = (value: unknown): boolean => value !== undefined && value !== null && value !== "" && !(Array.isArray(value) && value.length === 0);

/** Reads a `*.sops.yaml` file without any key. Gives every problem of its form at once; `secret` is there when there is none. Never throws. */
export const readSecretFile = (file: FleetFile): { readonly secret?: EncryptedSecret; readonly findings: readonly Finding[] } => {
  const document = readFleetDocument([file]);
  const { raw, placeOf, problems } = document;
  if (!document.readable || problems.length > 0) return { findings: problems };
  const sops = table(raw.sops);
  const metadata = table(raw.metadata);
  const findings = [...secretProblems(document, metadata), ...sopsProblems(document, sops)];
  if (findings.length > 0) return { findings };
  const regex = text(sops.encrypted_regex);
  return {
    findings,
    secret: {
      file: file.path,
      name: String(metadata.name),
      namespace: String(metadata.namespace),
      entries: entriesOf(document),
      recipients: (sops.age as readonly Table[]).map(({ recipient }) => String(recipient)),
      otherKeys: keyKinds.filter((kind) => isGiven(sops[kind])),
      ...(regex === undefined ? {} : { encryptedRegex: regex }),
      otherRules: rules.filter((rule) => isGiven(sops[rule])),
      lastModified: String(sops.lastmodified),
      valuesToChange: (text(table(metadata.annotations)[valuesToChangeAnnotation]) ?? "").split(",").filter((key) => key !== ""),
      placeOf,
    },
  };
};

const secretProblems = ({ raw, placeOf }: FleetDocument, metadata: Table): Finding[] => {
  const found: Finding[] = [];
  const needs = (holds: boolean, message: string, ...path: string[]): void => {
    if (!holds) found.push(inputFinding("FL3210", message, placeOf(path)));
  };
  needs(raw.apiVersion === "v1" && raw.kind === "Secret", "the object must be a Secret of apiVersion v1", "kind");
  needs(isGiven(text(metadata.name)), "metadata.name is missing", "metadata", "name");
  needs(
    isGiven(text(metadata.namespace)),
    "metadata.namespace is missing: the Secret would land wherever the tree is applied",
    "metadata",
    "namespace",
  );
  for (const section of encryptedSections)
    needs(raw[section] === undefined || isTable(raw[section]), `${section} must be a mapping of keys to values`, section);
  needs(
    encryptedSections.some((section) => Object.keys(table(raw[section])).length > 0),
    "it has no value, neither in data nor in stringData",
    "kind",
  );
  return found;
};

const sopsProblems = ({ raw, placeOf }: FleetDocument, sops: Table): Finding[] => {
  if (!isTable(raw.sops)) {
    const clear = encryptedSections.some((section) => Object.keys(table(raw[section])).length > 0);
    return [inputFinding(clear ? "FL3211" : "FL3210", "there is no sops block, so nothing in this file is encrypted", placeOf(["kind"]))];
  }
  const found: Finding[] = [];
  const needs = (holds: boolean, message: string, ...path: string[]): void => {
    if (!holds) found.push(inputFinding("FL3210", message, placeOf(["sops", ...path])));
  };
  const { age = [] } = sops;
  const entries = Array.isArray(age) ? age : [undefined];
  needs(
    entries.every((entry) => isTable(entry) && isGiven(text(entry.recipient)) && (text(entry.enc) ?? "").includes("BEGIN AGE ENCRYPTED FILE")),
    "sops.age must be a list of recipients, each with its encrypted data key",
    "age",
  );
  needs(instant.test(text(sops.lastmodified) ?? ""), "sops.lastmodified must be a time, as 2026-03-01T14:05:00Z in quotes", "lastmodified");
  needs(encryptedValue.test(text(sops.mac) ?? ""), "sops.mac is missing: nothing would show that the file was altered", "mac");
  return found;
};

const entriesOf = ({ raw, placeOf }: FleetDocument): SecretEntry[] =>
  encryptedSections.flatMap((section) =>
    Object.entries(table(raw[section])).map(([key, value]) => ({ section, key, state: stateOf(value), place: placeOf([section, key], "key") })),
  );

const stateOf = (value: unknown): SecretEntry["state"] => {
  if (value === "") return "empty";
  return typeof value === "string" && encryptedValue.test(value) ? "encrypted" : "clear";
};
