import { documentationOf, type Finding } from "@fogline/findings";
import pc from "picocolors";

export interface Failure {
  readonly code?: string;
  readonly message: string;
  readonly remedy?: string;
  readonly findings?: readonly Finding[];
}

/** A column of a table: numbers go right, text goes left. */
export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  readonly right?: true;
}

/** Where a command says things. With `--json` people's text is left out and one JSON value goes to standard output. */
export interface Output {
  readonly json: boolean;
  readonly colours: ReturnType<typeof pc.createColors>;
  /** A line for people. */
  line(text?: string): void;
  /** The answer for machines. */
  value(value: unknown): void;
  table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): void;
  findings(findings: readonly Finding[]): void;
  failure(failure: Failure): void;
}

export interface Streams {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Colours on a terminal, unless NO_COLOR is set and not empty (no-color.org); FORCE_COLOR decides alone where it is set, 0 against them. */
const wantsColours = ({ stdout, environment }: Streams): boolean => {
  const forced = environment.FORCE_COLOR;
  if (forced !== undefined) return forced !== "0";
  return stdout.isTTY === true && (environment.NO_COLOR ?? "") === "";
};

export const createOutput = (streams: Streams, json: boolean): Output => {
  const colours = pc.createColors(!json && wantsColours(streams));
  const line = (text = ""): void => {
    if (!json) streams.stdout.write(`${text}\n`);
  };
  return {
    json,
    colours,
    line,
    value: (value) => {
      if (json) streams.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
    },
    table: (rows, columns) => {
      for (const text of tableLines(rows, columns, colours.dim)) line(text);
    },
    findings: (findings) => {
      for (const text of findingsLines(findings, colours)) line(text);
    },
    failure: ({ code, message, remedy, findings }) => {
      if (json) {
        streams.stdout.write(
          `${JSON.stringify({ error: { code: code ?? null, message, remedy: remedy ?? null, findings: findings ?? [] } }, null, 2)}\n`,
        );
        return;
      }
      streams.stderr.write(`${colours.red(code ?? "error")}  ${message}\n`);
      for (const text of findingsLines(findings ?? [], colours)) streams.stderr.write(`${text}\n`);
      if (remedy !== undefined) streams.stderr.write(`${" ".repeat((code ?? "error").length)}  fix: ${remedy}\n`);
      if (code !== undefined) streams.stderr.write(`${" ".repeat(code.length)}  ${documentationOf(code)}\n`);
    },
  };
};

/** A moment as people write it, to the minute, in the time zone of this machine: `2026-03-01 14:05`. */
export const dateText = (atMs: number): string => {
  const at = new Date(atMs);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
};

const tableLines = <Row>(rows: readonly Row[], columns: readonly Column<Row>[], heading: (text: string) => string): string[] => {
  const cells = rows.map((row) => columns.map((column) => column.text(row)));
  const widths = columns.map(({ title }, index) => Math.max(title.length, ...cells.map((row) => row[index]?.length ?? 0)));
  const pad = (texts: readonly string[]): string =>
    texts
      .map((text, index) => (columns[index]?.right ? text.padStart(widths[index] ?? 0) : text.padEnd(widths[index] ?? 0)))
      .join("  ")
      .trimEnd();
  return [`  ${heading(pad(columns.map(({ title }) => title)))}`, ...cells.map((row) => `  ${pad(row)}`)];
};

/** Findings one below the other: what they are about, code, severity, what is wrong; then where, then what to do. */
const findingsLines = (findings: readonly Finding[], colours: Output["colours"]): string[] => {
  const width = Math.max(scopeWidthMin, ...findings.map((finding) => scopeOf(finding).length));
  return findings.flatMap((finding) => findingLines(finding, width, colours));
};

const scopeWidthMin = 9;

/** What a finding is about: the cluster whose tree or entry it is, else a machine, else the file of the fleet without its ending. */
const scopeOf = ({ place, cluster, object }: Finding): string => {
  if (cluster !== undefined) return cluster;
  if (object !== undefined && (place === undefined || place.file?.endsWith(".log"))) return object;
  const [, declared] = /^clusters\.([a-z0-9-]+)/.exec(place?.path ?? "") ?? [];
  const [, rendered] = /^clusters\/(?:secrets\/)?(?!fleet\.d\/)([^/]+)\//.exec(place?.file ?? "") ?? [];
  const [, file] = /([^/]+)\.(?:ya?ml|ts|csv)$/.exec(place?.file ?? "") ?? [];
  return declared ?? rendered ?? file ?? "fleet";
};

const findingLines = (finding: Finding, width: number, colours: Output["colours"]): string[] => {
  const { code, severity, message, place, objectFile, remedy } = finding;
  const colour = severity === "error" ? colours.red : severity === "warning" ? colours.yellow : colours.dim;
  const head = `${scopeOf(finding).padEnd(width)} ${colour(code)}  ${severity === "warning" ? "warn " : severity.padEnd(5)}  `;
  const indent = " ".repeat(width + 1 + code.length + 2 + 5 + 2);
  const position = place === undefined ? "" : [place.file, place.line, place.column].filter((part) => part !== undefined).join(":");
  const where = [position, place?.path].filter((part) => part !== undefined && part !== "").join("  ");
  const more = colours.dim(`(${documentationOf(code)})`);
  return [
    head + message,
    ...(where === "" ? [] : [indent + colours.dim(where)]),
    ...(objectFile === undefined || objectFile === place?.file ? [] : [indent + colours.dim(objectFile)]),
    remedy === undefined ? indent + more : `${indent}fix: ${remedy}  ${more}`,
  ];
};
