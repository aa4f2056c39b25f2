import { codes, type Finding, fail, nearest, ok, type Place, type Result, textOf } from "@fogline/findings";
import { deviceColumns, type ImportRow } from "@fogline/fleet";
import { type InfoRecord, parse } from "csv-parse/sync";
import { cellValue } from "./cells.ts";

/** Limits on what is read at all; a fleet has 10,000 devices at most. */
const bytesMax = 16 * 1024 ** 2;
const rowsMax = 10_000;

type CsvCode = "FL3260" | "FL3261" | "FL3262" | "FL3263";

interface Row {
  readonly cells: readonly string[];
  /** The line on which it begins. */
  readonly line: number;
}

/** A row of a table by its columns, and where it stands. */
export interface TableRow<Column extends string> {
  /** An empty cell, and one whose column the table does not have, states nothing. */
  readonly cells: Partial<Readonly<Record<Column, string>>>;
  /** The place of a cell, or of the row. */
  readonly placeOf: (column?: Column) => Place;
}

/** The devices of a CSV file, as `fogline fleet export` writes it. Read as every table is. */
export const readDeviceCsv = (bytes: Uint8Array, file: string): Result<readonly ImportRow[], readonly Finding[]> => {
  const read = readTable(bytes, file, deviceColumns, ["id"]);
  return read.ok ? ok(read.value.map(({ cells, placeOf }) => ({ cells: { ...cells, id: cells.id ?? "" }, placeOf }))) : read;
};

/**
 * The rows of a CSV file: columns in any order and a choice of them, commas, semicolons or tabs between cells, any line ends, with or without a
 * byte order mark. Every problem at once, at its line and its column, counted in cells as a spreadsheet does. `file` is its name for people.
 */
export const readTable = <Column extends string>(
  bytes: Uint8Array,
  file: string,
  known: readonly Column[],
  required: readonly Column[],
): Result<readonly TableRow<Column>[], readonly Finding[]> => {
  const finding = (code: CsvCode, message: string, place: Place, value?: string, remedy: string = codes[code].remedy): Finding => ({
    code,
    severity: "error",
    message,
    place: { file, ...place },
    ...(value === undefined ? {} : { value }),
    remedy,
  });
  const read = rowsOf(bytes);
  if (!read.ok) return fail([finding("FL3260", read.failure.message, { line: read.failure.line })]);
  const [header, ...rows] = read.value;
  if (header === undefined) return fail([finding("FL3260", "the file is empty", { line: 1 })]);
  if (rows.length > rowsMax) return fail([finding("FL3260", `the file has ${rows.length} rows, the limit is ${rowsMax}`, { line: header.line })]);
  const { columns, problems } = columnsOf(header, known, required, finding);
  const named = rows.map(({ cells, line }) => {
    const values: Partial<Record<Column, string>> = {};
    if (cells.slice(columns.length).some((cell) => cell !== "")) {
      const message = `the row has ${cells.length} cells, the header ${columns.length}`;
      problems.push(
        finding("FL3260", message, { line, column: columns.length + 1 }, undefined, "Put quotes around a cell that holds the separator."),
      );
    }
    for (const [index, column] of columns.entries()) {
      if (column === undefined) continue;
      const cell = cells[index] ?? "";
      const read = cellValue(cell);
      if ("value" in read) values[column] = read.value;
      else
        problems.push(finding("FL3263", `${column} is ${cell}, which ${read.problem}`, { line, column: index + 1, path: column }, cell, read.remedy));
    }
    const placeOf: TableRow<Column>["placeOf"] = (column) => {
      const at = columns.indexOf(column);
      return { file, line, ...(column === undefined || at === -1 ? {} : { column: at + 1, path: column }) };
    };
    return { cells: values, placeOf };
  });
  return problems.length > 0 ? fail(problems) : ok(named);
};

type Report = (code: CsvCode, message: string, place: Place, value?: string, remedy?: string) => Finding;

/** Which column each cell of a row is in; spreadsheets leave empty columns at the end. */
const columnsOf = <Column extends string>(
  header: Row,
  known: readonly Column[],
  required: readonly Column[],
  finding: Report,
): { columns: readonly (Column | undefined)[]; problems: Finding[] } => {
  const problems: Finding[] = [];
  const columns: (Column | undefined)[] = [];
  for (const [index, title] of header.cells.entries()) {
    const word = title
      .trim()
      .toLowerCase()
      .replaceAll(/[\s-]+/g, "_");
    const column = known.find((name) => name === word);
    const place = { line: header.line, column: index + 1 };
    if (column !== undefined && columns.includes(column))
      problems.push(finding("FL3261", `there are two columns ${column}`, place, title, "Keep one of them."));
    else if (column === undefined && word !== "") {
      const meant = nearest(word, known);
      problems.push(
        finding(
          "FL3261",
          `there is no column ${title.trim()}`,
          place,
          title,
          meant === undefined ? `Known: ${known.join(", ")}.` : `Write ${meant}.`,
        ),
      );
    }
    columns.push(column);
  }
  for (const column of required.filter((name) => !columns.includes(name)))
    problems.push(finding("FL3261", `there is no column ${column}`, { line: header.line }, undefined, `Add the column ${column}.`));
  while (columns.length > 0 && columns.at(-1) === undefined && header.cells[columns.length - 1]?.trim() === "") columns.pop();
  return { columns, problems };
};

const rowsOf = (bytes: Uint8Array): Result<readonly Row[], { readonly message: string; readonly line: number }> => {
  if (bytes.length > bytesMax) return fail({ message: `the file has ${bytes.length} bytes, the limit is ${bytesMax}`, line: 1 });
  const decoded = decode(bytes);
  if (!decoded.ok) return decoded;
  // Spreadsheets may name their separator in a line of its own.
  const [declared = "", named] = /^sep=(.)\r?\n/i.exec(decoded.value) ?? [];
  const text = decoded.value.slice(declared.length);
  const skippedLines = declared === "" ? 0 : 1;
  try {
    const records = parse(text, {
      delimiter: named ?? separatorOf(text),
      record_delimiter: ["\r\n", "\n", "\r"],
      relax_column_count: true,
      trim: true,
      info: true,
      skip_empty_lines: true,
    }) as unknown as { readonly record: readonly string[]; readonly info: InfoRecord }[];
    // The library counts CRLF inside quotes twice, so lines are counted here, up to where it says that each record ends.
    const buffer = Buffer.from(text);
    let end = 0;
    let line = 1 + skippedLines;
    const rows = records.map(({ record, info }) => {
      const read = buffer.toString("utf8", end, info.bytes);
      const [blank = ""] = /^(?:[ \t]*(?:\r\n|\n|\r))*/.exec(read) ?? [];
      const begins = line + breaksIn(blank);
      end = info.bytes;
      line += breaksIn(read);
      return { cells: record, line: begins };
    });
    return ok(rows.filter(({ cells }) => cells.some((cell) => cell !== "")));
  } catch (thrown) {
    const { lines } = thrown as { readonly lines?: number };
    return fail({ message: `the file is no CSV: ${textOf(thrown)}`, line: (lines ?? 1) + skippedLines });
  }
};

const breaksIn = (text: string): number => text.match(/\r\n|\n|\r/g)?.length ?? 0;

const decode = (bytes: Uint8Array): Result<string, { readonly message: string; readonly line: number }> => {
  const wide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  try {
    if (!wide) return ok(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    // Said below, with the line of the first byte that is not UTF-8.
  }
  if (wide) return fail({ message: "the file is in UTF-16, not in UTF-8", line: 1 });
  const readable = new TextDecoder("utf-8").decode(bytes);
  const line = readable.slice(0, readable.indexOf("\uFFFD")).split("\n").length;
  return fail({ message: "the file is not in UTF-8", line });
};

/** The separator that the header has: semicolons where the comma is the decimal sign, tabs from copied tables. */
const separatorOf = (text: string): string => {
  const [header = ""] = text.split(/\r\n|\n|\r/, 1);
  const count = (sign: string): number => header.split(sign).length - 1;
  return [",", ";", "\t"].reduce((best, sign) => (count(sign) > count(best) ? sign : best));
};
