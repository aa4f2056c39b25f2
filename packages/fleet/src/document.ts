import type { Finding, Place } from "@fogline/findings";
import { isCollection, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, visit, type YAMLMap } from "yaml";
import { finding } from "./report.ts";
import { tables } from "./schema.ts";

/** One file as it is on disk. */
export interface FleetFile {
  readonly path: string;
  readonly text: string;
}

export type Path = readonly (string | number)[];
export type Table = Readonly<Record<string, unknown>>;

/** Limits on what is read at all; a fleet of 10,000 written-out devices stays below them. */
export const FILE_CHARACTERS_MAX = 2_000_000;
export const ALIASES_MAX = 100;
export const DEPTH_MAX = 50;

/** The files merged into one tree, unchecked, with the place of every part. Rules look at this and nothing else. */
export interface FleetDocument {
  /** The merged tree. A table or entry of the wrong type is in it as it was written. */
  readonly raw: Table;
  /** False when a file could not be read: what it declares is unknown, so nothing can be said about the whole. */
  readonly readable: boolean;
  /** What reading found: syntax, duplicate keys, limits. */
  readonly problems: readonly Finding[];
  /** Place of the key (`of: "key"`) or value at a path; the nearest enclosing one when the path does not exist. */
  readonly placeOf: (path: Path, of?: "key" | "value") => Place;
}

interface Source {
  readonly path: string;
  readonly root: Node | null;
  readonly value: unknown;
  readonly lines: LineCounter;
}

/** Reads files and merges their tables by key. Never throws. The first file is the main one. */
export const readFleetDocument = (files: readonly FleetFile[]): FleetDocument => {
  const problems: Finding[] = [];
  const sources: Source[] = [];
  let readable = files.length > 0;
  if (!readable) problems.push(finding("FL1001", "there is no fleet file", { file: "clusters/fleet.yaml", line: 1, column: 1 }));
  for (const file of files) {
    const { source, found } = readSource(file);
    problems.push(...found);
    if (source === undefined) readable = false;
    else sources.push(source);
  }
  const { raw, origins } = merge(sources, problems);
  const placeOf: FleetDocument["placeOf"] = (path, of = "value") => {
    const source = origins.get(JSON.stringify(path.slice(0, 2))) ?? origins.get(JSON.stringify(path.slice(0, 1))) ?? sources[0];
    return source === undefined
      ? { file: files[0]?.path ?? "clusters/fleet.yaml", line: 1, column: 1, path: path.join(".") }
      : locate(source, path, of);
  };
  return { raw, readable, problems, placeOf };
};

const readSource = ({ path, text }: FleetFile): { source?: Source; found: Finding[] } => {
  const lines = new LineCounter();
  const at = (offset: number): Place => ({ file: path, ...position(lines, offset) });
  if (text.length > FILE_CHARACTERS_MAX) {
    const message = `the file has ${text.length} characters, the limit is ${FILE_CHARACTERS_MAX}`;
    return { found: [finding("FL1004", message, { file: path, line: 1, column: 1 })] };
  }
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true, uniqueKeys: false, logLevel: "error" });
    // One mistake makes the parser stumble over what follows, so only the first of a file is certain.
    const broken = document.errors[0] ?? document.warnings[0];
    if (broken !== undefined) {
      const tab = broken.code === "TAB_AS_INDENT" || /^[ ]*\t/.test(lineAt(text, broken.pos[0]));
      return { found: [finding(tab ? "FL1003" : "FL1001", tab ? "a tab indents this line" : broken.message, at(broken.pos[0]))] };
    }
    const { excess, duplicates } = inspect(document.contents);
    if (excess !== undefined) return { found: [finding("FL1004", excess.message, at(excess.offset))] };
    const found = duplicates.map(({ key, offset }) => finding("FL1002", `${key} is given twice`, at(offset), { value: key }));
    return { source: { path, root: document.contents, value: document.toJS({ maxAliasCount: ALIASES_MAX }), lines }, found };
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return { found: [finding("FL1004", `the file cannot be expanded: ${message}`, { file: path, line: 1, column: 1 })] };
  }
};

interface Offence {
  readonly message: string;
  readonly offset: number;
}

/**
 * What exceeds a limit, and keys given twice in one mapping, compared as text: 1 and "1" are one key here. The library's own check
 * of keys compares every pair, which takes seconds for thousands of devices.
 */
const inspect = (
  root: Node | null,
): { readonly excess?: Offence; readonly duplicates: readonly { readonly key: string; readonly offset: number }[] } => {
  const duplicates: { key: string; offset: number }[] = [];
  let aliases = 0;
  let excess: Offence | undefined;
  visit(root, {
    Alias: (_key, alias) => {
      if (++aliases > ALIASES_MAX) excess = { message: `more than ${ALIASES_MAX} aliases`, offset: offsetOf(alias) ?? 0 };
      return excess === undefined ? undefined : visit.BREAK;
    },
    Collection: (_key, node, ancestors) => {
      if (ancestors.filter(isCollection).length >= DEPTH_MAX)
        excess = { message: `nested deeper than ${DEPTH_MAX} levels`, offset: offsetOf(node) ?? 0 };
      if (excess !== undefined) return visit.BREAK;
      const seen = new Set<string>();
      for (const { key } of isMap(node) ? node.items : []) {
        const text = keyText(key);
        if (seen.has(text)) duplicates.push({ key: text, offset: offsetOf(key) ?? 0 });
        seen.add(text);
      }
      return undefined;
    },
  });
  return excess === undefined ? { duplicates } : { excess, duplicates };
};

const keyText = (key: unknown): string => String(isScalar(key) ? key.value : key);

const isTable = (value: unknown): value is Table => typeof value === "object" && value !== null && !Array.isArray(value);

/** A record without inherited keys, so that a key named `constructor` or `__proto__` is a key like any other. */
const emptyTable = (): Record<string, unknown> => Object.create(null) as Record<string, unknown>;

const merge = (sources: readonly Source[], problems: Finding[]): { raw: Table; origins: ReadonlyMap<string, Source> } => {
  const raw = emptyTable();
  const origins = new Map<string, Source>();
  const refuse = (source: Source, path: Path) => {
    const other = origins.get(JSON.stringify(path))?.path ?? "another file";
    const place = locate(source, path, "key");
    problems.push(finding("FL1005", `${path.join(".")} is also in ${other}`, place, { value: String(path.at(-1)) }));
  };
  for (const source of sources) {
    if (!isTable(source.value)) {
      if (source.value !== null || source === sources[0]) {
        const message = source.value === null ? "the file is empty" : "the file must be a mapping";
        problems.push(finding("FL1011", message, { file: source.path, line: 1, column: 1 }));
      }
      continue;
    }
    for (const [key, value] of Object.entries(source.value)) {
      const present = raw[key];
      if (present === undefined) {
        raw[key] = isTable(value) ? Object.assign(emptyTable(), value) : value;
        origins.set(JSON.stringify([key]), source);
      } else if (!(isTable(present) && isTable(value) && tables.some((table) => table === key))) {
        refuse(source, [key]);
        continue;
      }
      if (!isTable(value)) continue;
      for (const [entry, content] of Object.entries(value)) {
        const id = JSON.stringify([key, entry]);
        if (origins.has(id)) refuse(source, [key, entry]);
        else {
          origins.set(id, source);
          if (isTable(present)) (present as Record<string, unknown>)[entry] = content;
        }
      }
    }
  }
  return { raw, origins };
};

const pairsByKey = new WeakMap<YAMLMap, Map<string, Pair>>();

const pairOf = (map: YAMLMap, key: string): Pair | undefined => {
  let pairs = pairsByKey.get(map);
  if (pairs === undefined) {
    pairs = new Map(map.items.map((pair) => [keyText(pair.key), pair]));
    pairsByKey.set(map, pairs);
  }
  return pairs.get(key);
};

const offsetOf = (node: unknown): number | undefined =>
  typeof node === "object" && node !== null && "range" in node && Array.isArray(node.range) ? Number(node.range[0]) : undefined;

const locate = (source: Source, path: Path, of: "key" | "value"): Place => {
  let node: unknown = source.root;
  let offset = offsetOf(node) ?? 0;
  for (const [depth, segment] of path.entries()) {
    if (isMap(node)) {
      const pair = pairOf(node, String(segment));
      if (pair === undefined) break;
      const wantKey = of === "key" && depth === path.length - 1;
      offset = (wantKey ? undefined : offsetOf(pair.value)) ?? offsetOf(pair.key) ?? offset;
      // An entry that is only nested in is named by its key: the line of `pi-1:` says more than the line below it.
      if (!wantKey && (isMap(pair.value) || isSeq(pair.value)) && pair.value.flow !== true) offset = offsetOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(segment)];
      offset = offsetOf(node) ?? offset;
    } else break;
  }
  return { file: source.path, ...position(source.lines, offset), path: path.join(".") };
};

const position = (lines: LineCounter, offset: number): { line: number; column: number } => {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
};

const lineAt = (text: string, offset: number): string => {
  const start = text.lastIndexOf("\n", Math.max(0, offset - 1)) + 1;
  const end = text.indexOf("\n", start);
  return text.slice(start, end === -1 ? undefined : end);
};
