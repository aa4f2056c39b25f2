import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AuditRecord, listAuditRecords, type Operation, verifyAudit } from "@fogline/contracts";
import { beginning, hashOf } from "@fogline/gateway/audit-chain";
import { afterAll, describe, expect, it } from "vitest";
import type { Context } from "../context.ts";
import { Exit } from "../exit.ts";
import { createOutput } from "../output.ts";
import { auditExportCommand, auditListCommand, auditVerifyCommand } from "./audit.ts";

const folder = mkdtempSync(join(tmpdir(), "fogline-audit-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A chain as a hub keeps it, of which the oldest entries were dropped. */
const chain = (count: number): AuditRecord[] => {
  let previous = beginning.hash;
  return Array.from({ length: count }, (_, index) => {
    const entry = {
      ...{ sequence: index + 1, atMs: 1_700_000_000_000 + index, requestId: `request-${index}`, principal: "ann", role: "admin" },
      ...{ address: "192.0.2.7", operation: "nodes.drain", target: `pi-${index}`, outcome: "done" as const, status: 200, code: null },
    };
    previous = hashOf(previous, entry);
    return { ...entry, hash: previous };
  });
};

const world = (entries: readonly AuditRecord[], dropped = 0, json = false) => {
  const printed: string[] = [];
  const stream = { write: (text: string) => printed.push(text) };
  const kept = entries.slice(dropped);
  const hashBefore = (sequence: number) => entries[sequence - 2]?.hash ?? beginning.hash;
  const call = async ({ name }: Pick<Operation, "name">, request: { after?: number; limit?: number }) => {
    const newest = entries.at(-1);
    if (name === verifyAudit.name) {
      return { entries: kept.length, intact: true, head: newest ? { sequence: newest.sequence, hash: newest.hash } : null, broken: null };
    }
    expect(name).toBe(listAuditRecords.name);
    const { after, limit = 100 } = request;
    const page = after === undefined ? kept.toReversed() : kept.filter(({ sequence }) => sequence > after);
    const wanted = page.slice(0, limit);
    const oldest = Math.min(...wanted.map(({ sequence }) => sequence));
    return { entries: wanted, previousHash: wanted.length === 0 ? beginning.hash : hashBefore(oldest) };
  };
  const context = { output: createOutput({ stdout: stream, stderr: stream, environment: {} }, json), hub: () => ({ call }) };
  return { context: context as unknown as Context, printed: () => printed.join("") };
};

const exported = async (count: number, dropped = 0) => {
  const { context, printed } = world(chain(count), dropped);
  const file = join(folder, `export-${count}-${dropped}.ndjson`);
  await auditExportCommand(context, { file });
  return { file, printed: printed() };
};
const verified = async (file: string) => {
  const { context, printed } = world([]);
  const code = await auditVerifyCommand(context, { file }).then(
    () => 0,
    (thrown: unknown) => (thrown instanceof Exit ? thrown.code : thrown),
  );
  return { code, printed: printed() };
};

describe("fogline audit", () => {
  it("lists who did what to what, and how it ended", async () => {
    const { context, printed } = world(chain(1));
    await auditListCommand(context, {});
    expect(printed().split("\n").slice(0, 2)).toEqual([
      "  NO.  WHEN                  WHO  WHAT         TARGET  HOW   FROM",
      "    1  2023-11-14T22:13:20Z  ann  nodes.drain  pi-0    done  192.0.2.7",
    ]);
  });

  it("exports every page, and verifies that without a hub, also where old entries were dropped", async () => {
    const whole = await exported(1_200);
    expect(whole.printed).toContain("1200 entries in ");
    expect(readFileSync(whole.file, "utf8").trimEnd().split("\n")).toHaveLength(1_201);
    expect(await verified(whole.file)).toMatchObject({ code: 0, printed: expect.stringContaining("is whole: 1200 entries") });
    expect(await verified((await exported(20, 7)).file)).toMatchObject({ code: 0, printed: expect.stringContaining("is whole: 13 entries") });
    expect(await verified((await exported(0)).file)).toMatchObject({ code: 0, printed: expect.stringContaining("is whole: 0 entries") });
  });

  it("ends with 1 and names the entry when the file was altered, shortened or is in another order", async () => {
    const { file } = await exported(6);
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    const altered: [string, string[], number][] = [
      ["another name", lines.with(3, lines[3]?.replace("ann", "eve") ?? ""), 3],
      ["a line less in the middle", lines.toSpliced(3, 1), 3],
      ["a line less at the end", lines.slice(0, -1), 6],
      ["a line twice", [...lines, lines.at(-1) ?? ""], 7],
      ["two lines exchanged", lines.with(2, lines[3] ?? "").with(3, lines[2] ?? ""), 2],
    ];
    for (const [what, changed, at] of altered) {
      const copy = join(folder, "altered.ndjson");
      writeFileSync(copy, changed.join("\n"));
      const { code, printed } = await verified(copy);
      expect([what, code, printed]).toEqual([what, 1, expect.stringContaining(`is broken at entry ${at}`)]);
    }
  });

  it("says which line is none of an export", async () => {
    const { file } = await exported(2);
    writeFileSync(file, `${readFileSync(file, "utf8")}{}\n`);
    expect((await verified(file)).code).toMatchObject({ code: "FL4001", message: expect.stringContaining(`${file}:4 is no line of an export`) });
    expect((await verified(join(folder, "none"))).code).toMatchObject({ code: "FL4004" });
  });
});
