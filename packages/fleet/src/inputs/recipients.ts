import type { Finding } from "@fogline/findings";
import { parseDocument } from "yaml";
import { type FleetDocument, type FleetFile, type Path, readFleetDocument, type Table } from "../document.ts";
import { recipientProblem } from "./age-recipient.ts";
import { inputFinding } from "./input-finding.ts";

/** Where the public keys are kept that secrets are encrypted for. */
export const recipientsFile = "clusters/secrets/recipients.yaml";

/** Whom secrets are encrypted for: each cluster for its own, operators for all. All are age recipients (`age1...`). */
export interface Recipients {
  /** Keys of people, kept offline. */
  readonly operators: readonly string[];
  /** One key for each cluster, by its name. */
  readonly clusters: Readonly<Record<string, string>>;
}

const keys = ["operators", "clusters"] as const;
const isTable = (value: unknown): value is Table => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Reads the recipients. `clusters` are the names that the fleet has. Gives every problem at once; `recipients` is there when there is none. Without
 * a file nobody is named, which is no problem by itself.
 */
export const readRecipients = (
  file: FleetFile | undefined,
  clusters: readonly string[],
): { readonly recipients?: Recipients; readonly findings: readonly Finding[] } => {
  if (file === undefined) return { recipients: { operators: [], clusters: {} }, findings: [] };
  const document = readFleetDocument([file]);
  const findings = [...document.problems, ...problemsOf(document, clusters)];
  if (findings.length > 0) return { findings };
  const { operators = [], clusters: ofClusters = {} } = document.raw as Partial<Recipients>;
  return { recipients: { operators, clusters: { ...ofClusters } }, findings };
};

const problemsOf = ({ raw, readable, placeOf }: FleetDocument, clusters: readonly string[]): Finding[] => {
  if (!readable) return [];
  const found: Finding[] = [];
  const report = (code: "FL3201" | "FL3202", message: string, path: Path, of?: "key"): void => {
    found.push(inputFinding(code, message, placeOf(path, of)));
  };
  const seen = new Map<string, string>();
  const recipient = (value: unknown, owner: string, path: Path): void => {
    const problem = typeof value === "string" ? recipientProblem(value) : undefined;
    const other = typeof value === "string" ? seen.get(value) : undefined;
    if (typeof value !== "string") report("FL3201", `${owner} needs an age recipient, a text that begins with age1`, path);
    else if (problem !== undefined) report("FL3202", `the recipient of ${owner} cannot be read: ${problem}`, path);
    else if (other !== undefined) report("FL3201", `${owner} and ${other} have the same key; whoever takes one would read what is the other's`, path);
    else seen.set(value, owner);
  };
  for (const key of Object.keys(raw)) if (!keys.some((known) => known === key)) report("FL3201", `there is no key ${key} here`, [key], "key");
  const { operators, clusters: ofClusters } = raw;
  if (Array.isArray(operators)) for (const [index, value] of operators.entries()) recipient(value, `operator ${index + 1}`, ["operators", index]);
  else if (operators !== undefined) report("FL3201", "operators must be a list of age recipients", ["operators"]);
  if (isTable(ofClusters)) {
    for (const [name, value] of Object.entries(ofClusters)) {
      if (!clusters.includes(name)) report("FL3201", `the fleet has no cluster ${name}`, ["clusters", name], "key");
      recipient(value, `cluster ${name}`, ["clusters", name]);
    }
  } else if (ofClusters !== undefined) report("FL3201", "clusters must name one age recipient for each cluster", ["clusters"]);
  return found;
};

const emptyFile = `# Public keys that secrets are encrypted for: each cluster reads its own, operators read all. Written by \`fogline cluster init\`.
operators: []
clusters: {}
`;

/** The file's text with the recipients of a cluster and further operators set, comments and everything else kept. `text` must be one that reads well. */
export const withRecipients = (
  text: string | undefined,
  change: { readonly cluster?: { readonly name: string; readonly recipient: string }; readonly operators?: readonly string[] },
): string => {
  const document = parseDocument(text ?? emptyFile);
  for (const [key, empty] of [
    ["operators", []],
    ["clusters", {}],
  ] as const) {
    const present = document.get(key);
    if (present === undefined || present === null) document.set(key, document.createNode(empty));
    const node = document.get(key, true) as { flow?: boolean };
    // A recipient is 62 characters long: one a line.
    node.flow = false;
  }
  for (const operator of change.operators ?? []) document.addIn(["operators"], operator);
  if (change.cluster !== undefined) document.setIn(["clusters", change.cluster.name], change.cluster.recipient);
  return document.toString({ lineWidth: 0 });
};
