// A spreadsheet runs a cell that begins with one of these as a formula (OWASP, "CSV Injection"); the wide forms count as well.
const formula = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;
/** What a spreadsheet makes of a long number: `1.42372E+12`. */
const rewritten = /^[+-]?\d(?:[.,]\d+)?E[+-]?\d+$/i;

/** A value as a cell that no spreadsheet runs or rewrites: an apostrophe in front says that it is text. One that has an apostrophe gets a second. */
export const cellOf = (value: string): string => (formula.test(value) || rewritten.test(value) || value.startsWith("'") ? `'${value}` : value);

/** The value of a cell, or why it is none. */
export const cellValue = (cell: string): { readonly value: string } | { readonly problem: string; readonly remedy: string } => {
  if (cell.startsWith("'")) return { value: cell.slice(1) };
  if (formula.test(cell)) {
    return { problem: "begins like a formula", remedy: `Write '${cell} when it is meant as text.` };
  }
  if (rewritten.test(cell)) {
    return {
      problem: "is a number that a spreadsheet has rounded",
      remedy: "Format the column as text and enter the value again; with an apostrophe in front it stays.",
    };
  }
  return { value: cell };
};
