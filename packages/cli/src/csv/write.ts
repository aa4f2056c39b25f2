import { type DeviceRow, deviceColumns } from "@fogline/fleet";
import { stringify } from "csv-stringify/sync";
import { cellOf } from "./cells.ts";

/** Devices as CSV (RFC 4180): a header, CRLF, quotes where a cell needs them, and nothing that a spreadsheet would run. */
export const deviceCsv = (rows: readonly DeviceRow[]): string =>
  stringify([[...deviceColumns], ...rows.map((row) => deviceColumns.map((column) => cellOf(row[column])))], {
    record_delimiter: "windows",
    // Spaces at an end would be lost without quotes, and the library leaves other separators and a lone CR bare.
    quoted_match: /^\s|\s$|[;\t\r\n]/,
  });
