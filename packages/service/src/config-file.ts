import type { Finding } from "@fogline/findings";

export interface ConfigFile {
  /** By the names that the file uses. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly findings: readonly Finding[];
}

const line = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/;
const quoted = /^"(.*)"$|^'(.*)'$/;

/** Reads a file of settings: one JSON object, or lines `name=value` with `#` comments and optional quotes. Says which lines are neither. */
export const readFileText = (text: string, file: string): ConfigFile =>
  text.trimStart().startsWith("{") ? readJson(text, file) : readLines(text, file);

const problem = (message: string, place: Finding["place"], remedy: string): Finding => ({
  code: "FL4015",
  severity: "error",
  message,
  ...(place && { place }),
  remedy,
});

const readJson = (text: string, file: string): ConfigFile => {
  try {
    return { values: JSON.parse(text) as Record<string, unknown>, findings: [] };
  } catch {
    // The parser's message quotes the text around the fault, which may be a secret.
    return { values: {}, findings: [problem(`${file} is not JSON`, { file }, "Correct the JSON, or write one NAME=value a line.")] };
  }
};

const readLines = (text: string, file: string): ConfigFile => {
  const values: Record<string, unknown> = {};
  const findings: Finding[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    if (raw.trim() === "" || raw.trimStart().startsWith("#")) continue;
    const [, name, value] = line.exec(raw) ?? [];
    if (name === undefined || value === undefined) {
      findings.push(problem("this line is no setting", { file, line: index + 1 }, "Write NAME=value, or # before a comment."));
    } else {
      const [, double, single] = quoted.exec(value) ?? [];
      values[name] = double ?? single ?? value;
    }
  }
  return { values, findings };
};
