import { type Finding, nearest } from "@fogline/findings";
import type { core } from "zod";
import type { FleetDocument, Path } from "./document.ts";
import { SECRET_NAME_ID } from "./quantities.ts";
import { finding, isFleetCode, shown } from "./report.ts";
import { fleetJsonSchemaObject, fleetSchema } from "./schema.ts";

type Issue = core.$ZodIssue;

/** Findings about shapes: keys, types, words and quantities, everything that one value shows by itself. */
export const shapeFindings = (document: FleetDocument): Finding[] => {
  const parsed = fleetSchema.safeParse(document.raw);
  if (parsed.success) return [];
  const misspelt = new Set(parsed.error.issues.flatMap(meantPaths));
  return parsed.error.issues
    .filter((issue) => valueAt(document.raw, keysOf(issue.path)) !== undefined || !misspelt.has(issue.path.join(".")))
    .flatMap((issue) => fromIssue(document, issue, keysOf(issue.path)));
};

/** Paths that a person meant by misspelt keys: that those are missing as well is the same mistake, told once. */
const meantPaths = (issue: Issue): string[] =>
  issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, nearest(key, knownKeys(keysOf(issue.path)))].join(".")) : [];

const fromIssue = (document: FleetDocument, issue: Issue, path: Path): Finding[] =>
  issueFindings(document, issue, path).map(({ value, ...rest }) => (value === undefined || namesSecrets(path) ? rest : { ...rest, value }));

const issueFindings = (document: FleetDocument, issue: Issue, path: Path): Finding[] => {
  const value = valueAt(document.raw, path);
  const name = path.join(".") || "the file";
  const place = document.placeOf(path);
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(document, path, key));
  if (issue.code === "invalid_union") return fromUnion(document, issue, path);
  if (value === undefined && (issue.code === "invalid_type" || issue.code === "invalid_value")) {
    const last = String(path.at(-1));
    return [finding("FL1012", `${path.slice(0, -1).join(".") || "the file"} lacks ${last}`, place, { remedy: `Add ${last}.` })];
  }
  if (issue.code === "invalid_value") {
    const words = issue.values.map(String);
    const meant = typeof value === "string" ? nearest(value, words) : undefined;
    const message = `${name} is ${shown(value)}, not one of ${words.join(", ")}`;
    return [finding("FL1013", message, place, { value, ...(meant === undefined ? {} : { remedy: `Write ${meant}.` }) })];
  }
  if (issue.code === "too_big" || issue.code === "too_small") {
    const bound = issue.code === "too_big" ? `at most ${issue.maximum}` : `at least ${issue.minimum}`;
    return [finding("FL1023", `${name} must be ${bound}${issue.origin === "array" ? " entries" : ""}`, place, { value })];
  }
  if (issue.code === "custom") {
    const { code, expected, concealed } = (issue.params ?? {}) as { code?: string; expected?: string; concealed?: boolean };
    if (code !== undefined && isFleetCode(code) && concealed === true) return [finding(code, `${name} is not ${expected}`, place)];
    if (code !== undefined && isFleetCode(code)) return [finding(code, `${name} is ${shown(value)}, not ${expected}`, place, { value })];
  }
  const expected = issue.code === "invalid_type" ? issue.expected : issue.message;
  return [wrongType(document, path, [expected])];
};

/** Of the alternatives, the one that got furthest is what was meant; when none began to fit, the type itself is wrong. */
const fromUnion = (document: FleetDocument, issue: Extract<Issue, { code: "invalid_union" }>, path: Path): Finding[] => {
  const begun = issue.errors.find((issues) => issues.every((inner) => inner.path.length > 0 || inner.code !== "invalid_type"));
  if (begun !== undefined) return begun.flatMap((inner) => fromIssue(document, inner, [...path, ...keysOf(inner.path)]));
  return [
    wrongType(
      document,
      path,
      issue.errors.flatMap((issues) => issues.flatMap((inner) => (inner.code === "invalid_type" ? [inner.expected] : []))),
    ),
  ];
};

const WORDS: Readonly<Record<string, string>> = {
  string: "text",
  record: "a mapping",
  object: "a mapping",
  array: "a list",
  tuple: "a list",
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
  null: "null",
};

const wrongType = (document: FleetDocument, path: Path, expected: readonly string[]): Finding => {
  const value = valueAt(document.raw, path);
  const wanted = [...new Set(expected.map((word) => WORDS[word] ?? word))].join(" or ");
  const remedy = typeof value === "number" && expected.includes("string") ? `Quote it: "${value}".` : `Write ${wanted}.`;
  return finding("FL1011", `${path.join(".") || "the file"} must be ${wanted}`, document.placeOf(path), { value: value ?? "nothing", remedy });
};

const unknownKey = (document: FleetDocument, path: Path, key: string): Finding => {
  const known = knownKeys(path);
  const meant = nearest(key, known);
  const where = path.length === 0 ? "a fleet file" : path.join(".");
  const remedy = meant === undefined ? `Remove it; known here: ${known.join(", ")}.` : `Write ${meant}.`;
  return finding("FL1010", `${where} has no key ${key}`, document.placeOf([...path, key], "key"), { value: key, remedy });
};

/** The schema as JSON is the one description of which keys a place takes; it is built once, at the first unknown key. */
let schema: Record<string, unknown> | undefined;

const knownKeys = (path: Path): readonly string[] => Object.keys(Object(member(pointedAt(schema, nodesAt(path).at(-1)), "properties")));

/** What the schema says of each place on the way to a path, the path itself last. */
const nodesAt = (path: Path): readonly unknown[] => {
  schema ??= fleetJsonSchemaObject();
  const nodes: unknown[] = [schema];
  for (const segment of path) {
    const node = pointedAt(schema, nodes.at(-1));
    nodes.push(member(member(node, "properties"), String(segment)) ?? member(node, "additionalProperties") ?? member(node, "items"));
  }
  return nodes;
};

/** Whether a place holds the name of a Secret or several, or is in such a place: there somebody may have written what is in one. */
const namesSecrets = (path: Path): boolean =>
  nodesAt(path).some((node) => [node, member(node, "items")].some((one) => member(one, "$ref") === `#/$defs/${SECRET_NAME_ID}`));

/** A part of the schema that is said once stands under `$defs`. */
const pointedAt = (root: unknown, node: unknown): unknown => {
  const reference = member(node, "$ref");
  return typeof reference === "string" ? member(member(root, "$defs"), reference.replace("#/$defs/", "")) : node;
};

const member = (node: unknown, key: string): unknown =>
  typeof node === "object" && node !== null && Object.hasOwn(node, key) ? (node as Record<string, unknown>)[key] : undefined;

const valueAt = (root: unknown, path: Path): unknown => path.reduce<unknown>((node, segment) => member(node, String(segment)), root);

const keysOf = (path: readonly PropertyKey[]): (string | number)[] =>
  path.map((segment) => (typeof segment === "symbol" ? String(segment) : segment));
