import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Finding } from "@fogline/findings";
import { type FleetFile, fleetJsonSchema, migrateFleet } from "@fogline/fleet";
import { Worktree } from "@fogline/worktree";
import { changedLines } from "../changed-lines.ts";
import type { Context } from "../context.ts";
import { Exit, exitCodes } from "../exit.ts";
import { packageWithVersion } from "../upgrade/package-version.ts";
import { version } from "../version.ts";

const schemaFile = "clusters/fleet.schema.json";
const packageFile = "package.json";

/**
 * `fogline upgrade [--dry-run]`: brings a repository to this version of Fogline: the vocabulary of its fleet files, the schema beside them, the version
 * in its package.json. Changes all of it, or nothing where one part is refused.
 */
export const upgradeCommand = async ({ output, repository }: Context, { dryRun = false }: { readonly dryRun?: boolean }): Promise<void> => {
  const worktree = await Worktree.open(repository);
  const present = async (path: string): Promise<string | undefined> => readFile(join(worktree.root, path), "utf8").catch(() => undefined);
  const files = await worktree.fleetFiles();
  const migrated = migrateFleet(files);
  const manifest = await present(packageFile);
  const change = manifest === undefined ? { kind: "same" as const } : packageWithVersion(manifest, version);
  const findings: Finding[] = [...(migrated.ok ? [] : migrated.failure), ...(change.kind === "refused" ? [change.finding] : [])];
  if (!migrated.ok || findings.length > 0) {
    output.findings(findings);
    output.value({ changed: false, findings });
    output.line("nothing is changed");
    throw new Exit(exitCodes.findings);
  }
  const schema = fleetJsonSchema();
  const before = new Map<string, string>(files.map(({ path, text }) => [path, text]));
  if (manifest !== undefined) before.set(packageFile, manifest);
  const shown = [...migrated.value.files, ...(change.kind === "changed" ? [{ path: packageFile, text: change.text }] : [])];
  const written: FleetFile[] = [...shown, ...((await present(schemaFile)) === schema ? [] : [{ path: schemaFile, text: schema }])];
  const changes = shown.map(({ path, text }) => ({ path, lines: changedLines(before.get(path) ?? "", text) }));
  if (!dryRun) for (const { path, text } of written) await worktree.write(path, text);
  const { from, to, done } = migrated.value;
  output.value({ changed: !dryRun && written.length > 0, schema: { from, to }, done, files: written.map(({ path }) => path), changes, findings: [] });
  for (const title of done) output.line(`schema ${from} -> ${to}: ${title}`);
  for (const { path, lines } of changes) {
    output.line(path);
    for (const line of lines) output.line(`  ${line}`);
  }
  if (written.some(({ path }) => path === schemaFile)) output.line(`${schemaFile}\n  generated anew`);
  if (change.kind === "left") output.line(`${packageFile} asks for fogline ${change.spec}: left as it is`);
  if (written.length === 0) return output.line(`nothing to change: this is fogline ${version}, schema ${to}`);
  output.line(
    dryRun
      ? "nothing is written (--dry-run)"
      : `next: ${change.kind === "changed" ? "npm install, then " : ""}fogline check, fogline render, and commit`,
  );
};
