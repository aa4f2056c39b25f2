import { readFileSync, writeFileSync } from "node:fs";
import { AuditRecord, listAuditRecords, verifyAudit } from "@fogline/contracts";
import { FoglineError, textOf } from "@fogline/findings";
import { beginning, follow, isBreak, type Link } from "@fogline/gateway/audit-chain";
import { z } from "zod";
import type { Context } from "../context.ts";
import { Exit, exitCodes } from "../exit.ts";
import type { HubClient } from "../hub-client.ts";
import type { Column, Output } from "../output.ts";

export interface AuditListOptions {
  readonly limit?: number;
  readonly by?: string;
  readonly operation?: string;
  readonly target?: string;
}

const columns: Column<AuditRecord>[] = [
  { title: "NO.", right: true, text: ({ sequence }) => String(sequence) },
  { title: "WHEN", text: ({ atMs }) => new Date(atMs).toISOString().replace(/\.\d+Z$/, "Z") },
  { title: "WHO", text: ({ principal }) => principal },
  { title: "WHAT", text: ({ operation }) => operation },
  { title: "TARGET", text: ({ target }) => target ?? "-" },
  { title: "HOW", text: ({ outcome, status, code }) => [outcome, code === null ? null : status, code].filter((part) => part !== null).join(" ") },
  { title: "FROM", text: ({ address }) => address },
];

/** `fogline audit list`. */
export const auditListCommand = async ({ output, hub }: Context, { limit, by, operation, target }: AuditListOptions): Promise<void> => {
  const page = await hub().call(listAuditRecords, {
    ...(limit === undefined ? {} : { limit }),
    ...(by === undefined ? {} : { principal: by }),
    ...(operation === undefined ? {} : { operation }),
    ...(target === undefined ? {} : { target }),
  });
  output.value(page);
  if (page.entries.length === 0) output.line("no such entries");
  else output.table(page.entries, columns);
};

interface Verified {
  readonly entries: number;
  readonly head: Link | null;
  readonly broken: { readonly sequence: number; readonly why: string } | null;
}

/** `fogline audit verify [--file <file>]`. */
export const auditVerifyCommand = async ({ output, hub }: Context, { file }: { readonly file?: string }): Promise<void> => {
  const verified = file === undefined ? await hub().call(verifyAudit, {}) : verifyExport(read(file), file);
  report(output, verified, file === undefined ? "the audit" : `the audit in ${file}`);
};

const report = (output: Output, { entries, head, broken }: Verified, what: string): void => {
  output.value({ entries, intact: broken === null, head, broken });
  if (broken === null) output.line(`${output.colours.green(`${what} is whole`)}: ${entries} entries`);
  else output.line(`${output.colours.red(`${what} is broken at entry ${broken.sequence}`)}: ${broken.why}`);
  if (head !== null) output.line(`  newest  ${head.sequence} ${head.hash}`);
  if (broken !== null) throw new Exit(exitCodes.findings);
};

const PlaceInChain = z.object({ sequence: z.int(), hash: z.string() });

/** The first line of an export: after which entry it begins, and with which one it ends. */
const Header = z.object({ chain: z.literal("fogline-audit-1"), after: PlaceInChain, head: PlaceInChain.nullable() });
type Header = z.output<typeof Header>;

const pageLimit = 500;

/** `fogline audit export [--file <file>]`. */
export const auditExportCommand = async ({ output, hub }: Context, { file }: { readonly file?: string }): Promise<void> => {
  const client = hub();
  const { head } = await client.call(verifyAudit, {});
  const { after, entries } = await allEntries(client, head);
  const header: Header = { chain: "fogline-audit-1", after, head };
  const text = [header, ...entries].map((value) => `${JSON.stringify(value)}\n`).join("");
  if (file === undefined) {
    process.stdout.write(text);
    return;
  }
  try {
    writeFileSync(file, text, { mode: 0o600 });
  } catch (cause) {
    throw new FoglineError("FL4017", `${file} cannot be written: ${textOf(cause)}`, { remedy: "name a file that this user may write", cause });
  }
  output.value({ entries: entries.length, file });
  output.line(`${entries.length} entries in ${file}`);
};

/** Every entry up to the head, and the place before the oldest. */
const allEntries = async (client: HubClient, head: Link | null): Promise<{ after: Link; entries: AuditRecord[] }> => {
  const first = await client.call(listAuditRecords, { after: 0, limit: pageLimit });
  const entries = [...first.entries];
  for (let last = entries.at(-1); head !== null && last !== undefined && last.sequence < head.sequence; last = entries.at(-1)) {
    const page = await client.call(listAuditRecords, { after: last.sequence, limit: pageLimit });
    if (page.entries.length === 0) break;
    entries.push(...page.entries);
  }
  const after = { sequence: (first.entries[0]?.sequence ?? (head?.sequence ?? 0) + 1) - 1, hash: first.previousHash };
  return { after, entries: entries.filter(({ sequence }) => sequence <= (head?.sequence ?? 0)) };
};

/** Follows the chain of an export from its first line to the head that it names. Throws FL4001 for a line that is none of an export. */
export const verifyExport = (text: string, file: string): Verified => {
  const [first = "", ...lines] = text.split("\n").filter((line) => line !== "");
  const header = parsed(Header, first, file, 1);
  const records = lines.map((line, index) => parsed(AuditRecord, line, file, index + 2));
  const known = { entries: records.length, head: header.head };
  const end = follow(header.after, records);
  if (isBreak(end)) return { ...known, broken: end };
  const head = header.head ?? beginning;
  if (end.sequence === head.sequence && end.hash === head.hash) return { ...known, broken: null };
  return { ...known, broken: { sequence: end.sequence + 1, why: `it ends with entry ${end.sequence}, its first line says ${head.sequence}` } };
};

const parsed = <Value>(schema: z.ZodType<Value>, line: string, file: string, number: number): Value => {
  const refuse = (why: string) =>
    new FoglineError("FL4001", `${file}:${number} is no line of an export: ${why}`, { remedy: "use a file that `fogline audit export` wrote" });
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw refuse("it is not JSON");
  }
  const result = schema.safeParse(value);
  if (!result.success) throw refuse(result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "));
  return result.data;
};

const read = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new FoglineError("FL4004", `${file} cannot be read: ${textOf(cause)}`, { remedy: "name a file that `fogline audit export` wrote", cause });
  }
};
