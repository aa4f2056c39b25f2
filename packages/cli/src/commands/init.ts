import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import { codes, type Finding, FoglineError, textOf } from "@fogline/findings";
import { parseFleet } from "@fogline/fleet";
import type { Context } from "../context.ts";
import { Exit, exitCodes } from "../exit.ts";
import { newRepositoryFiles } from "../init/repository.ts";
import { version } from "../version.ts";

export interface InitOptions {
  readonly name?: string;
  readonly domain?: string;
  readonly fogline?: string;
  readonly git?: boolean;
}

const run = promisify(execFile);

/** `fogline init <folder>`: makes the repository of a user's own fleet. Refuses a folder that holds anything, naming all of it, and changes nothing then. */
export const initCommand = async ({ output, workingFolder }: Context, folder: string, options: InitOptions): Promise<void> => {
  const target = resolve(workingFolder, folder);
  const name = options.name ?? basename(target).toLowerCase();
  const fogline = specOf(options.fogline ?? version, workingFolder, target);
  const files = newRepositoryFiles({ name, domain: options.domain ?? `${name}.internal`, fogline, version });
  const findings = [...(await inTheWay(target, files, options.git ?? true)), ...notNames(files)];
  if (findings.some(({ severity }) => severity === "error")) {
    output.findings(findings);
    output.value({ created: false, findings });
    throw new Exit(exitCodes.findings);
  }
  await write(target, files);
  const git = (options.git ?? true) && !existsSync(join(target, ".git"));
  if (git) await run("git", ["init", "--quiet", "--initial-branch", "main"], { cwd: target });
  output.findings(findings);
  output.value({ created: true, folder: target, files: [...files.keys()], git, findings });
  output.line(`${folder}: a repository for the fleet ${name}, ${files.size} files${git ? ", with git and no commit yet" : ""}`);
  output.line("next");
  if (target !== workingFolder) output.line(`  cd ${relative(workingFolder, target) || "."}`);
  output.line("  npm install");
  output.line("  npx fogline check");
  output.line("  npx fogline render");
  if (options.git ?? true) output.line('  git add -A && git commit -m "The first fleet"');
  output.line("  npx fogline up");
};

/** A path of an archive is written as one from the new repository, so that it means the same file there. */
const specOf = (spec: string, from: string, target: string): string => {
  if (!spec.startsWith("file:")) return spec;
  const path = spec.slice("file:".length);
  return isAbsolute(path) ? spec : `file:${relative(target, resolve(from, path))}`;
};

const refusal = (message: string, file: string, remedy: string): Finding => ({ code: "FL3255", severity: "error", message, place: { file }, remedy });

/** Everything that keeps a repository from being made here. */
const inTheWay = async (target: string, files: ReadonlyMap<string, string>, git: boolean): Promise<Finding[]> => {
  const present = await stat(target).catch(() => undefined);
  if (present !== undefined && !present.isDirectory()) return [refusal(`${target} is a file`, target, "Choose another name.")];
  const entries = present === undefined ? [] : (await readdir(target)).filter((name) => name !== ".git").toSorted();
  const ours = new Set([...files.keys()].map((path) => path.split("/")[0]));
  const conflicts = entries.map((name) =>
    ours.has(name)
      ? refusal(`${name} is there, and a new repository has its own`, join(target, name), "Choose an empty folder, or move it away.")
      : refusal(`${name} is there, and the folder must be empty`, join(target, name), "Choose an empty folder, or move it away."),
  );
  const around = await repositoryAround(target);
  if (around === undefined || around === target) return conflicts;
  const message = `${target} lies inside the repository ${around}`;
  if (!git) return [...conflicts, refusal(message, target, "Choose a folder outside: the fleet of a repository is in its root.")];
  const remedy = "Make it outside, unless it shall be a repository inside another.";
  return [...conflicts, { code: "FL3256", severity: "warning", message, place: { file: target }, remedy }];
};

/** The root of the repository that a folder, which may not exist yet, would be part of. */
const repositoryAround = async (target: string): Promise<string | undefined> => {
  let existing = target;
  while (!existsSync(existing)) existing = dirname(existing);
  return run("git", ["rev-parse", "--show-toplevel"], { cwd: existing }).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
};

/** Name and domain are checked by the fleet's own rules; the remedy is the option, not the file that is not there yet. */
const notNames = (files: ReadonlyMap<string, string>): Finding[] => {
  const path = "clusters/fleet.yaml";
  const options: Readonly<Record<string, string>> = { fleet: "--name", domain: "--domain" };
  return parseFleet([{ path, text: files.get(path) ?? "" }]).findings.map((finding) => {
    const option = options[finding.place?.path ?? ""];
    return option === undefined ? finding : { ...finding, remedy: `Choose another with ${option}. ${finding.remedy ?? ""}`.trimEnd() };
  });
};

/** Writes all files, or none: what was written is taken back when one cannot be. */
const write = async (target: string, files: ReadonlyMap<string, string>): Promise<void> => {
  const made = await mkdir(target, { recursive: true });
  try {
    for (const [path, text] of files) {
      await mkdir(dirname(join(target, path)), { recursive: true });
      await writeFile(join(target, path), text, { flag: "wx" });
    }
  } catch (thrown) {
    const roots = new Set([...files.keys()].map((path) => path.split("/")[0] ?? path));
    for (const path of made === undefined ? [...roots].map((name) => join(target, name)) : [made]) await rm(path, { recursive: true, force: true });
    throw new FoglineError("FL3255", `${target} cannot be written: ${textOf(thrown)}`, { remedy: codes.FL3255.remedy, cause: thrown });
  }
};
