import { Document, isAlias, isMap, isScalar, LineCounter, type Node, type Pair, parseDocument, type YAMLMap } from "yaml";

/** A value of an entry: words, numbers and tables of them. */
export type EntryValue = string | number | { readonly [key: string]: EntryValue | undefined };
export type EntryFields = Readonly<Record<string, EntryValue | undefined>>;

/** An entry of a table: its key, and what it states. */
export interface NewEntry {
  readonly key: string;
  readonly fields: EntryFields;
}

/** A text with more devices at the end of its `devices`, one a line. Everything else stays to the letter. */
export const insertDevices = (text: string, entries: readonly NewEntry[]): string => {
  const { document, lines } = read(text);
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const devices = document.get("devices", true);
  if (isMap(devices) && devices.flow !== true && devices.items.length > 0) {
    const { offset, indent } = endOf(devices, text, lines);
    const before = text.slice(0, offset);
    const added = entries.map((entry) => `${" ".repeat(indent)}${entryText(entry)}${newline}`).join("");
    return `${before}${before.endsWith("\n") ? "" : newline}${added}${text.slice(offset)}`;
  }
  if (document.contents === null || (isMap(document.contents) && document.contents.flow !== true && !document.has("devices"))) {
    const before = text === "" ? "" : `${text}${text.endsWith("\n") ? "" : newline}${newline}`;
    return `${before}devices:${newline}${entries.map((entry) => `  ${entryText(entry)}${newline}`).join("")}`;
  }
  // An empty `devices` or a file written as one flow mapping: there is no line to insert, so the tree is edited and written.
  for (const { key, fields } of entries) document.setIn(["devices", key], document.createNode(definedOf(fields), { flow: true }));
  return document.toString({ lineWidth: 0 });
};

/** Entries of `devices` whose fields shall have other values, or new fields. */
export interface ChangedEntries {
  /** The text with the fields set; comments, order and all the rest stay to the letter. */
  readonly text: string;
  /** Keys of entries with a part that is an alias of something written elsewhere, and so cannot be changed alone. Those are left as they are. */
  readonly shared: readonly string[];
}

/** Sets fields of device entries. A key that is not in this file is ignored. */
export const setDeviceFields = (text: string, changes: ReadonlyMap<string, EntryFields>): ChangedEntries => {
  const { document, lines } = read(text);
  const devices = document.get("devices", true);
  const edits: Edit[] = [];
  const shared: string[] = [];
  for (const { key, value } of isMap(devices) ? devices.items : []) {
    const name = String(isScalar(key) ? key.value : key);
    const fields = changes.get(name);
    if (fields === undefined) continue;
    const own = editsOf(value, fields, { text, lines });
    if (own === undefined) shared.push(name);
    else edits.push(...own);
  }
  return { text: applied(text, edits), shared };
};

/** Replaces the characters from `from` to `to`. */
interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

const applied = (text: string, edits: readonly Edit[]): string => {
  let result = "";
  let at = 0;
  for (const edit of edits.toSorted((a, b) => a.from - b.from)) {
    result += text.slice(at, edit.from) + edit.text;
    at = edit.to;
  }
  return result + text.slice(at);
};

interface Written {
  readonly text: string;
  readonly lines: LineCounter;
}

/** What to replace so that a mapping has these fields; `undefined` when one of them is not written in it but somewhere else. */
const editsOf = (node: unknown, fields: EntryFields, written: Written): Edit[] | undefined => {
  if (!isMap(node)) return undefined;
  const edits: Edit[] = [];
  const added: [string, EntryValue][] = [];
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
    if (pair === undefined) {
      added.push([key, value]);
      continue;
    }
    const own = typeof value === "object" ? editsOf(pair.value, value, written) : scalarEdit(pair, value);
    if (own === undefined) return undefined;
    edits.push(...own);
  }
  if (added.length > 0) edits.push(addition(node, added, written));
  return edits;
};

const scalarEdit = ({ value: node }: Pair, value: string | number): Edit[] | undefined => {
  if (isAlias(node) || !isScalar(node) || !node.range) return undefined;
  return [{ from: node.range[0], to: node.range[1], text: flowText(value) }];
};

const addition = (map: YAMLMap, fields: readonly [string, EntryValue][], { text, lines }: Written): Edit => {
  const pairs = fields.map(([key, value]) => `${flowText(key)}: ${flowText(value)}`);
  if (map.flow !== true) {
    const newline = text.includes("\r\n") ? "\r\n" : "\n";
    const { offset, indent } = endOf(map, text, lines);
    const missing = offset > 0 && text[offset - 1] !== "\n" ? newline : "";
    return { from: offset, to: offset, text: missing + pairs.map((pair) => `${" ".repeat(indent)}${pair}${newline}`).join("") };
  }
  const last = map.items.at(-1);
  const start = map.range?.[0] ?? 0;
  const offset = last === undefined ? start + 1 : (endOfNode(last.value) ?? endOfNode(last.key) ?? start + 1);
  return { from: offset, to: offset, text: last === undefined ? ` ${pairs.join(", ")} ` : `, ${pairs.join(", ")}` };
};

const endOfNode = (node: unknown): number | undefined => {
  const range = (node as Node | null)?.range;
  return range ? range[1] : undefined;
};

const read = (text: string): { document: Document.Parsed; lines: LineCounter } => {
  const lines = new LineCounter();
  return { document: parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error", uniqueKeys: false }), lines };
};

const definedOf = (fields: object): Record<string, unknown> => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const entryText = ({ key, fields }: NewEntry): string => {
  const document = new Document({ [key]: definedOf(fields) });
  const value = document.get(key, true);
  if (isMap(value)) value.flow = true;
  return document.toString({ lineWidth: 0 }).trimEnd();
};

/** A value as it can stand inside braces, on one line. */
const flowText = (value: EntryValue): string => {
  const document = new Document([value]);
  const { contents } = document;
  (contents as { flow?: boolean }).flow = true;
  return document.toString({ lineWidth: 0 }).trim().slice(1, -1).trim();
};

/** The offset after the line on which the last entry of a block mapping ends, and the column of its keys. */
const endOf = (map: YAMLMap, text: string, lines: LineCounter): { offset: number; indent: number } => {
  const keys = map.items.map(({ key }) => (isScalar(key) ? (key.range?.[0] ?? 0) : 0));
  const lastKey = keys.at(-1) ?? 0;
  const valueEnd = endOfNode(map.items.at(-1)?.value) ?? lastKey;
  // A value may end with the line break that follows it; the entry then ends on the line before.
  const end = valueEnd > lastKey && text[valueEnd - 1] === "\n" ? valueEnd - 1 : valueEnd;
  const newline = text.indexOf("\n", end);
  return { offset: newline === -1 ? text.length : newline + 1, indent: lines.linePos(keys[0] ?? 0).col - 1 };
};
