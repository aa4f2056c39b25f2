import { type DeviceRow, deviceColumns } from "@fogline/fleet";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readDeviceCsv } from "./read.ts";
import { deviceCsv } from "./write.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const cells = (text: string | Uint8Array) => {
  const read = readDeviceCsv(typeof text === "string" ? bytes(text) : text, "d.csv");
  if (!read.ok) throw new Error(JSON.stringify(read.failure));
  return read.value.map((row) => row.cells);
};
const problems = (text: string | Uint8Array): string[] => {
  const read = readDeviceCsv(typeof text === "string" ? bytes(text) : text, "d.csv");
  return read.ok ? [] : read.failure.map(({ code, place }) => `${code} ${place?.line}:${place?.column ?? "-"}`);
};
const row = (stated: Partial<DeviceRow>): DeviceRow => ({
  ...(Object.fromEntries(deviceColumns.map((column) => [column, ""])) as DeviceRow),
  ...stated,
});

describe("a table of devices", () => {
  it("is written as RFC 4180 has it: a header, CRLF, quotes where needed", () => {
    const text = deviceCsv([row({ id: "pi-1", serial: 'a "b", c', labels: "x=1" })]);
    expect(text.split("\r\n")).toEqual([deviceColumns.join(","), 'pi-1,,,,,,,,,,"a ""b"", c",,,,x=1', ""]);
  });

  it("holds nothing that a spreadsheet would run or round", () => {
    const values = ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1", "＝1", "1.5E+12", "'a"];
    const written = deviceCsv(values.map((serial, index) => row({ id: `a-${index}`, serial })));
    for (const value of values) expect(written).toContain(`'${value}`);
    expect(written).not.toMatch(/(^|[,"\n])[=+\-@\t＝]/);
    expect(cells(written).map(({ serial }) => serial)).toEqual(values);
  });

  it("reads back what it wrote, whatever the cells hold", () => {
    const signs = fc.constantFrom(..."abc,;'\"=+-@\t\r\n 0E%＝é".split(""), "\r\n", "1E+5", "''");
    const cell = fc.oneof(
      fc.array(signs, { maxLength: 8 }).map((parts) => parts.join("")),
      fc.string({ unit: "grapheme", maxLength: 10 }),
    );
    const rows = fc.array(
      fc.record(Object.fromEntries(deviceColumns.map((column) => [column, column === "id" ? fc.constantFrom("a", "b") : cell]))),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(rows, (given) => {
        expect(cells(deviceCsv(given as unknown as DeviceRow[]))).toEqual(given.map((one) => ({ ...one })));
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ["a byte order mark", "\uFEFFid,serial\r\na,1\r\n"],
    ["semicolons", "id;serial\na;1\n"],
    ["tabs", "id\tserial\na\t1"],
    ["a line that names the separator", "sep=;\r\nid;serial\r\na;1\r\n"],
    ["line ends of old", "id,serial\ra,1\r"],
    ["another order of columns, and their names in capitals", "Serial, ID\n1,a\n"],
    ["empty columns and rows, as spreadsheets leave them", "id,serial,,\r\n,,,\r\na,1,,\r\n\r\n,,,\r\n"],
    ["spaces around cells", "id , serial\n a , 1 \n"],
    ["everything in quotes", '"id","serial"\n"a","1"\n'],
    ["an apostrophe that says text", "id,serial\na,'1\n"],
  ])("is read with %s", (_what, text) => {
    expect(cells(text)).toEqual([{ id: "a", serial: "1" }]);
  });

  it("knows the line on which each row begins, and the cell", () => {
    const read = readDeviceCsv(bytes('\uFEFFid,serial\r\na,"x\r\ny"\r\n\r\nb,1\r\n"c",2'), "d.csv");
    expect(read.ok && read.value.map(({ placeOf }) => placeOf("serial"))).toEqual(
      [2, 5, 6].map((line) => ({ file: "d.csv", line, column: 2, path: "serial" })),
    );
    expect(read.ok && read.value[0]?.placeOf("mac")).toEqual({ file: "d.csv", line: 2 });
  });

  it.each([
    ["nothing", "", ["FL3260 1:-"]],
    ["an open quote", 'id,serial\na,"x\n', ["FL3260 2:-"]],
    ["more cells than columns", "id,serial\na,1\nb,1,2\n", ["FL3260 3:3"]],
    ["a column that does not exist, one that is there twice, and no id", "serial,zone,serial\n1,2,3\n", ["FL3261 1:2", "FL3261 1:3", "FL3261 1:-"]],
    ["formulas", "id,serial,mac\na,=1,@x\nb,2,-3\n", ["FL3263 2:2", "FL3263 2:3", "FL3263 3:3"]],
    ["a number that was rounded", "id,serial\na,1.42372E+12\n", ["FL3263 2:2"]],
    ["bytes that are not UTF-8", Uint8Array.from([...bytes("id,serial\na,"), 0xfc]), ["FL3260 2:-"]],
    ["UTF-16", Uint8Array.from([0xff, 0xfe, 0x69, 0]), ["FL3260 1:-"]],
    ["too many rows", `id\n${"a\n".repeat(10_001)}`, ["FL3260 1:-"]],
  ])("with %s is refused, with every place", (_what, text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  it("never throws, whatever the bytes are", () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.string({ unit: "binary", maxLength: 40 }).map(bytes)), (noise) => {
        const read = readDeviceCsv(noise, "d.csv");
        if (!read.ok) for (const { place } of read.failure) expect(place?.line).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });
});
