import { type Finding, fail, ok, type Result } from "@fogline/findings";
import { isMap, isScalar, parseDocument } from "yaml";
import { numberOf } from "./declared.ts";
import { type FleetFile, readFleetDocument } from "./document.ts";
import { checkFleet } from "./parse.ts";
import { finding } from "./report.ts";
import { fleetRules } from "./rules/index.ts";
import { versionRules } from "./rules/version.ts";

/** One step of the vocabulary: how files of the version before become files of this one. */
export interface Migration {
  /** The version that it leads to. */
  readonly to: number;
  /** What it changes, for people. */
  readonly title: string;
  /** Pure, over texts: what it does not change, comments above all, stays to the letter. The version itself is stated by whoever runs it. */
  readonly migrate: (files: readonly FleetFile[]) => readonly FleetFile[];
}

/** Every migration, oldest first. The last one leads to the version that this Fogline reads. */
export const migrations: readonly Migration[] = Object.freeze([
  { to: 1, title: "the fleet file states the version of its vocabulary", migrate: (files: readonly FleetFile[]) => files },
]);

export interface Migrated {
  /** The version that the files stated; 0 when they stated none. */
  readonly from: number;
  readonly to: number;
  /** Titles of what was done. */
  readonly done: readonly string[];
  /** The files that changed. */
  readonly files: readonly FleetFile[];
}

/**
 * Fleet files in the newest vocabulary. Files that state no version are taken as those from before there were versions. Refused when they cannot be
 * read, when they state a newer version than any migration leads to (FL1090), or when the result has errors; nothing is half migrated.
 */
export const migrateFleet = (files: readonly FleetFile[], steps: readonly Migration[] = migrations): Result<Migrated, readonly Finding[]> => {
  const document = readFleetDocument(files);
  if (!document.readable || !isMap(parseDocument(files[0]?.text ?? "").contents)) return fail(checkFleet(document));
  const stated = document.raw.schema;
  const from = stated === undefined ? 0 : numberOf(stated);
  if (from === undefined || !Number.isInteger(from) || from < 0) return fail(checkFleet(document).filter(({ place }) => place?.path === "schema"));
  const to = steps.at(-1)?.to ?? 0;
  if (from > to) {
    const message = `the fleet file is written in schema ${from}, newer than ${to}, which this version of fogline reads`;
    return fail([finding("FL1090", message, document.placeOf(["schema"]), { value: from })]);
  }
  const needed = steps.filter((step) => step.to > from);
  if (needed.length === 0) return ok({ from, to, done: [], files: [] });
  const migrated = stateVersion(
    needed.reduce((texts, { migrate }) => migrate(texts), files),
    document.placeOf(["schema"]).file,
    to,
  );
  const rules = fleetRules.filter((rule) => !versionRules.includes(rule));
  const errors = checkFleet(readFleetDocument(migrated), rules).filter(({ severity }) => severity === "error");
  if (errors.length > 0) return fail(errors);
  const before = new Map(files.map(({ path, text }) => [path, text]));
  return ok({ from, to, done: needed.map(({ title }) => title), files: migrated.filter(({ path, text }) => before.get(path) !== text) });
};

/** The files with the version stated where it was, or else above the first key of the main file. */
const stateVersion = (files: readonly FleetFile[], statedIn: string | undefined, version: number): readonly FleetFile[] => {
  const path = files.some((file) => file.path === statedIn) ? statedIn : files[0]?.path;
  return files.map((file) => (file.path === path ? { path, text: withVersion(file.text, version) } : file));
};

const withVersion = (text: string, version: number): string => {
  const document = parseDocument(text, { prettyErrors: false, logLevel: "error" });
  const { contents } = document;
  const present = document.get("schema", true);
  if (isScalar(present) && present.range) return text.slice(0, present.range[0]) + version + text.slice(present.range[1]);
  const first = isMap(contents) && contents.flow !== true ? contents.items[0]?.key : undefined;
  if (isScalar(first) && first.range) {
    const newline = text.includes("\r\n") ? "\r\n" : "\n";
    return `${text.slice(0, first.range[0])}schema: ${version}${newline}${text.slice(first.range[0])}`;
  }
  // A file that is one flow mapping has no line to insert.
  document.set("schema", version);
  return document.toString({ lineWidth: 0 });
};
