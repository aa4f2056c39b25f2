import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findSchemathesis } from "../../scripts/schemathesis.ts";

/** What a Python program printed, both streams, and how it ended. */
export interface Ran {
  readonly code: number | null;
  readonly output: string;
}

/** Runs one of the installed Python programs. */
export const python = async (program: string, args: readonly string[], cwd: string): Promise<Ran> => {
  const folder = findSchemathesis();
  if (folder === undefined) throw new Error("schemathesis is not installed. fix: npm run install:api");
  const child = spawn(join(folder, program), args, { cwd, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, NO_COLOR: "1" } });
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => chunks.push(text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { code, output: chunks.join("") };
};

export interface Asking {
  readonly url: string;
  readonly token: string;
  /** Where reports go. */
  readonly folder: string;
  /** Names of the operations to ask. */
  readonly operations: readonly string[];
  readonly examplesMax: number;
}

/** What was seen of one operation: sentences about what was wrong, none when all was well; undefined when it was not asked at all. */
export type Verdicts = ReadonlyMap<string, readonly string[]>;

/** The same requests everywhere; FOGLINE_SEED tries others. */
const seed = process.env.FOGLINE_SEED ?? "1";

const checks = [
  "not_a_server_error",
  "response_schema_conformance",
  "status_code_conformance",
  "content_type_conformance",
  "positive_data_acceptance",
];

/** Asks operations with what the document allows and forbids, and says what was wrong with the answers, by method and path. */
export const ask = async ({ url, token, folder, operations, examplesMax }: Asking): Promise<{ readonly ran: Ran; readonly verdicts: Verdicts }> => {
  const report = join(folder, `schemathesis-${operations[0]}.xml`);
  const ran = await python(
    "schemathesis",
    [
      ...["run", `${url}/openapi.json`, "--checks", checks.join(), "--phases", "examples,coverage,fuzzing"],
      ...["--max-examples", String(examplesMax), "--seed", seed, "--generation-deterministic", "--no-shrink", "--continue-on-failure"],
      ...["--header", `Authorization: Bearer ${token}`, "--request-timeout", "20", "--suppress-health-check", "all"],
      ...["--report", "junit", "--report-junit-path", report, "--output-sanitize", "true", "--no-color"],
      ...operations.flatMap((operation) => ["--include-operation-id", operation]),
    ],
    folder,
  );
  return { ran, verdicts: verdictsIn(readFileSync(report, "utf8")) };
};

/** The test cases of a JUnit report by name, with the text of their failures and errors. */
const verdictsIn = (xml: string): Verdicts => {
  const verdicts = new Map<string, string[]>();
  for (const [, attributes = "", inner = ""] of xml.matchAll(/<testcase ([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)) {
    const name = textOf(/\bname="([^"]*)"/.exec(attributes)?.[1] ?? "");
    const faults = [...inner.matchAll(/<(failure|error)\b[^>]*>([\s\S]*?)<\/\1>/g)].map(([, , said]) => textOf(said ?? "").trim());
    verdicts.set(name, [...(verdicts.get(name) ?? []), ...faults]);
  }
  return verdicts;
};

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
const textOf = (xml: string): string =>
  xml.replaceAll(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return entities[name] ?? whole;
    return String.fromCodePoint(decimal === undefined ? Number.parseInt(hex ?? "0", 16) : Number(decimal));
  });
