import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { FoglineError, textOf } from "@fogline/findings";
import { deviceRows, importRows, readFleetDocument } from "@fogline/fleet";
import { Worktree } from "@fogline/worktree";
import { changedLines } from "../changed-lines.ts";
import type { Context } from "../context.ts";
import { readDeviceCsv } from "../csv/read.ts";
import { deviceCsv } from "../csv/write.ts";
import { Exit, exitCodes, exitFor } from "../exit.ts";
import { loadFleet } from "../render.ts";

/** `fogline fleet export`: the devices as a table, one a row. */
export const fleetExportCommand = async ({ output, repository, workingFolder }: Context, { file }: { readonly file?: string }): Promise<void> => {
  const worktree = await Worktree.open(repository);
  const { fleet, findings } = await loadFleet(worktree);
  if (fleet === undefined) {
    output.findings(findings);
    output.value({ devices: null, findings });
    return exitFor(findings);
  }
  const rows = deviceRows(readFleetDocument(await worktree.fleetFiles()), fleet);
  output.value({ devices: rows, findings });
  const text = deviceCsv(rows);
  if (file === undefined) return output.line(text.replace(/\r\n$/, ""));
  await writeFile(resolve(workingFolder, file), text).catch((thrown: unknown) => {
    throw new FoglineError("FL3260", `${file} cannot be written: ${textOf(thrown)}`, {
      remedy: "Choose a file in a folder that exists.",
      cause: thrown,
    });
  });
  output.line(`${file}: ${rows.length} devices. next: edit it, then fogline fleet import ${file}`);
};

export interface ImportCommandOptions {
  readonly dryRun?: boolean;
  readonly into?: string;
}

/** `fogline fleet import <file>`: adds and updates devices from a table, or names every problem at its line and changes nothing. */
export const fleetImportCommand = async (
  { output, repository, workingFolder }: Context,
  file: string,
  { dryRun = false, into }: ImportCommandOptions,
): Promise<void> => {
  const worktree = await Worktree.open(repository);
  const files = await worktree.fleetFiles();
  const bytes = await readFile(resolve(workingFolder, file)).catch((thrown: unknown) => {
    throw new FoglineError("FL3260", `${file} cannot be read: ${textOf(thrown)}`, { remedy: "Name an existing CSV file.", cause: thrown });
  });
  const rows = readDeviceCsv(bytes, file);
  const imported = rows.ok ? importRows(files, rows.value, into === undefined ? {} : { into }) : rows;
  if (!imported.ok) {
    output.findings(imported.failure);
    output.value({ changed: false, findings: imported.failure });
    output.line(`nothing is changed: ${imported.failure.length === 1 ? "1 problem" : `${imported.failure.length} problems`} in ${file}`);
    throw new Exit(exitCodes.findings);
  }
  const { files: changed, added, updated } = imported.value;
  const before = new Map(files.map(({ path, text }) => [path, text]));
  const changes = changed.map(({ path, text }) => ({ path, lines: changedLines(before.get(path) ?? "", text) }));
  if (!dryRun) for (const { path, text } of changed) await worktree.write(path, text);
  output.value({ changed: !dryRun && changed.length > 0, added, updated, files: changes, findings: [] });
  if (dryRun) {
    for (const { path, lines } of changes) {
      output.line(path);
      for (const line of lines) output.line(`  ${line}`);
    }
  }
  if (changed.length === 0) return output.line("nothing to change: the fleet says what the table says");
  const where = changed.map(({ path }) => path).join(", ");
  output.line(`${dryRun ? "would add" : "added"} ${added.length} and ${dryRun ? "update" : "updated"} ${updated.length} devices in ${where}`);
  if (!dryRun) output.line("next: fogline render, then commit");
};
