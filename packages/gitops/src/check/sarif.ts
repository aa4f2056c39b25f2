import { type CodeEntry, codes, documentationOf, type Finding, type Severity } from "@fogline/findings";
import type { Excepted } from "./exceptions.ts";

/** What the log says about where it comes from. */
export interface SarifOptions {
  /** Version of Fogline. */
  readonly version: string;
  /** Where the repository's pages are, ending in a slash; help links are relative without it. */
  readonly documentationBase?: string;
}

const levels: Readonly<Record<Severity, "error" | "warning" | "note">> = { error: "error", warning: "warning", info: "note" };

/**
 * Findings as a SARIF 2.1.0 log (OASIS, "Static Analysis Results Interchange Format"), for code scanning in pull requests. What an exception
 * silences is in it as a suppressed result, with the reason.
 */
export const sarifLog = (findings: readonly Finding[], excepted: readonly Excepted[], options: SarifOptions): Record<string, unknown> => {
  const all = [...findings, ...excepted.map(({ finding }) => finding)];
  const ids = [...new Set(all.map(({ code }) => code))].toSorted();
  const indexOf = new Map(ids.map((id, index) => [id, index]));
  const result = (finding: Finding): Record<string, unknown> => ({ ...resultOf(finding), ruleIndex: indexOf.get(finding.code) ?? -1 });
  return {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "fogline", semanticVersion: options.version, rules: ids.map((id) => ruleOf(id, options)) } },
        columnKind: "utf16CodeUnits",
        results: [
          ...findings.map(result),
          ...excepted.map(({ finding, exception }) => ({
            ...result(finding),
            suppressions: [{ kind: "external", status: "accepted", justification: `${exception.reason} (until ${exception.until})` }],
          })),
        ],
      },
    ],
  };
};

const entryOf = (code: string): CodeEntry | undefined => Object.entries<CodeEntry>(codes).find(([known]) => known === code)?.[1];

const ruleOf = (id: string, { documentationBase = "" }: SarifOptions): Record<string, unknown> => {
  const entry = entryOf(id);
  return {
    id,
    ...(entry === undefined
      ? {}
      : {
          shortDescription: { text: entry.title },
          help: { text: entry.remedy, markdown: `${entry.remedy} ([${documentationOf(id)}](${documentationBase}${documentationOf(id)}))` },
        }),
    // A help link must be absolute; without an address of the pages there is none to give.
    ...(documentationBase === "" ? {} : { helpUri: `${documentationBase}${documentationOf(id)}` }),
  };
};

const resultOf = (finding: Finding): Record<string, unknown> => {
  const { code, severity, message, remedy, cluster, object } = finding;
  const locations = locationsOf(finding);
  return {
    ruleId: code,
    level: levels[severity],
    message: { text: remedy === undefined ? message : `${message}. ${remedy}` },
    ...(locations.length === 0 ? {} : { locations }),
    // The same finding in the next run: what it is about, and not the line, which moves.
    partialFingerprints: { "fogline/v1": [code, cluster ?? "", object ?? finding.place?.path ?? finding.place?.file ?? ""].join("|") },
  };
};

/** The line that caused it, which a person can change; else the generated file. The object is its logical place. */
const locationsOf = ({ place, objectFile, object, cluster }: Finding): Record<string, unknown>[] => {
  const uri = place?.file ?? objectFile;
  const line = place?.line;
  const region = line === undefined ? {} : { region: { startLine: line, ...(place?.column === undefined ? {} : { startColumn: place.column }) } };
  const physical = uri === undefined ? {} : { physicalLocation: { artifactLocation: { uri: encodeURI(uri), uriBaseId: "%SRCROOT%" }, ...region } };
  const name = [cluster, object].filter((part) => part !== undefined).join("/");
  const logical = name === "" ? {} : { logicalLocations: [{ fullyQualifiedName: name, kind: "resource" }] };
  return uri === undefined && name === "" ? [] : [{ ...physical, ...logical }];
};
