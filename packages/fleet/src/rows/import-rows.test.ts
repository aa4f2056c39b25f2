import type { Finding } from "@fogline/findings";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FleetFile, parseFleet, readFleetDocument } from "../index.ts";
import { type DeviceColumn, type DeviceRow, deviceColumns, parseLabels } from "./columns.ts";
import { deviceRows } from "./device-rows.ts";
import { type ImportRow, importRows } from "./import-rows.ts";

const main = `# The fleet of the orchard.
fleet:   orchard      # spaces are somebody's taste
rings:
  first: {}
  last: {}
sites:
  farm: { region: eu-west }
  hall: { region: eu-west, connectivity: metered }
clusters:
  pis: { site: farm, tier: access-edge, ring: first }

devices:
  pi-[1-3]:   { cluster: pis, hardware: jetson-orin-nx-8, address: 10.0.0.*, gpu: { slices: 2 } }   # bought in spring
  pi-1:       { role: server }
  tractor:
    site: farm
    hardware: tablet     # screen is broken
    labels:
      field: north   # since May

# What runs.
workloads:
  web: { on: pis, version: 0.1.0 }
`;
const north = `# North of the river.
clusters:
  nuc: { site: hall, tier: metro-edge, ring: last }
devices:
  nuc-1: { cluster: nuc, hardware: server, role: server } # loud
`;
const files: readonly FleetFile[] = [
  { path: "clusters/fleet.yaml", text: main },
  { path: "clusters/fleet.d/north.yaml", text: north },
];

const rowsIn = (given: readonly FleetFile[]): readonly DeviceRow[] => deviceRows(readFleetDocument(given));
const asImport = (cells: readonly (Partial<DeviceRow> & { readonly id: string })[]): ImportRow[] =>
  cells.map((row, index) => ({
    cells: row,
    placeOf: (column) => ({
      file: "d.csv",
      line: index + 2,
      ...(column === undefined ? {} : { column: deviceColumns.indexOf(column) + 1, path: column }),
    }),
  }));

const imported = (cells: readonly (Partial<DeviceRow> & { readonly id: string })[], given = files, into?: string): Map<string, string> => {
  const result = importRows(given, asImport(cells), into === undefined ? {} : { into });
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
  return new Map(result.value.files.map(({ path, text }) => [path, text]));
};
const refused = (cells: readonly (Partial<DeviceRow> & { readonly id: string })[], given = files): string[] => {
  const result = importRows(given, asImport(cells));
  return result.ok ? [] : result.failure.map(({ code, place }: Finding) => `${code} ${place?.file}:${place?.line}:${place?.path ?? ""}`);
};
const after = (changed: Map<string, string>, given = files): FleetFile[] => [
  ...given.map(({ path, text }) => ({ path, text: changed.get(path) ?? text })),
  ...[...changed].filter(([path]) => given.every((file) => file.path !== path)).map(([path, text]) => ({ path, text })),
];

describe("rows of devices", () => {
  it("have what ranges, refinements, clusters and sites make of each device", () => {
    const [one, two] = rowsIn(files);
    expect(two).toEqual({
      id: "pi-2",
      cluster: "pis",
      site: "farm",
      hardware: "jetson-orin-nx-8",
      role: "agent",
      ring: "first",
      tier: "access-edge",
      connectivity: "always",
      address: "10.0.0.2",
      mac: "",
      serial: "",
      data: "",
      power: "",
      gpu_slices: "2",
      labels: "",
    });
    expect(one).toMatchObject({ id: "pi-1", role: "server", address: "10.0.0.1" });
    expect(rowsIn(files)[3]).toMatchObject({ id: "tractor", cluster: "", role: "alone", ring: "last", tier: "iot", labels: "field=north" });
  });
});

describe("importing rows", () => {
  it("changes nothing where the rows say what the fleet says", () => {
    expect([...imported(rowsIn(files))]).toEqual([]);
  });

  it("sets a field of an entry inside braces and leaves every other letter", () => {
    const text = imported([{ id: "nuc-1", serial: "S-7" }]).get("clusters/fleet.d/north.yaml");
    expect(text).toBe(north.replace("role: server }", "role: server, serial: S-7 }"));
  });

  it("sets fields of an entry of several lines, new and present ones, also nested", () => {
    const text = imported([{ id: "tractor", hardware: "laptop", serial: "12", labels: "field=south;row=3" }]).get("clusters/fleet.yaml");
    const expected = main
      .replace("hardware: tablet", "hardware: laptop")
      .replace("field: north   # since May\n", 'field: south   # since May\n      row: "3"\n    serial: "12"\n');
    expect(text).toBe(expected);
  });

  it("refines a device of a range with an entry of its own", () => {
    const changed = imported([{ id: "pi-2", serial: "S2", gpu_slices: "4" }]);
    expect(changed.get("clusters/fleet.yaml")).toBe(main.replace("since May\n", "since May\n  pi-2: { serial: S2, gpu: { slices: 4 } }\n"));
    expect(rowsIn(after(changed)).map(({ id, serial }) => `${id} ${serial}`)).toContain("pi-2 S2");
  });

  it("adds a device to the file that declares its cluster, or else its site, or to the one that is named", () => {
    const phone = { id: "phone", site: "farm", hardware: "smartphone", role: "alone" };
    const nuc = { id: "nuc-2", cluster: "nuc", hardware: "server", role: "agent", site: "hall", connectivity: "metered" };
    const changed = imported([phone, nuc]);
    expect(changed.get("clusters/fleet.yaml")).toBe(main.replace("since May\n", "since May\n  phone: { site: farm, hardware: smartphone }\n"));
    expect(changed.get("clusters/fleet.d/north.yaml")).toBe(`${north}  nuc-2: { cluster: nuc, hardware: server }\n`);
    expect([...imported([phone], files, "clusters/fleet.d/new.yaml")]).toEqual([
      ["clusters/fleet.d/new.yaml", "devices:\n  phone: { site: farm, hardware: smartphone }\n"],
    ]);
  });

  it("keeps the line ends of the file", () => {
    const given = [{ path: "clusters/fleet.yaml", text: main.replaceAll("\n", "\r\n") }];
    const text =
      imported(
        [
          { id: "phone", site: "farm", hardware: "smartphone" },
          { id: "tractor", serial: "x" },
        ],
        given,
      ).get("clusters/fleet.yaml") ?? "";
    expect(text.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
  });

  it("does not take an address of another case, or a label that is there, for a change", () => {
    const given = [{ path: "clusters/fleet.yaml", text: main.replace("site: farm\n", 'site: farm\n    mac: "02:AB:00:00:00:01"\n') }];
    expect([...imported([{ id: "tractor", mac: "02:ab:00:00:00:01", labels: "field=north" }], given)]).toEqual([]);
  });

  it.each<[string, (Partial<DeviceRow> & { id: string })[], string[]]>([
    ["names no device", [{ id: "", hardware: "laptop" }], ["FL3262 d.csv:2:id"]],
    ["is a range", [{ id: "pi-[7-9]", hardware: "pi-5-8", cluster: "pis" }], ["FL3262 d.csv:2:id"]],
    ["repeats a device", [{ id: "pi-1" }, { id: "pi-1", serial: "a" }], ["FL3262 d.csv:3:id"]],
    ["has no name", [{ id: "a.b", site: "farm", hardware: "laptop" }], ["FL1014 d.csv:2:id"]],
    ["has half a GPU", [{ id: "pi-1", gpu_slices: "0.5" }], ["FL3263 d.csv:2:gpu_slices"]],
    ["has too many slices", [{ id: "pi-1", gpu_slices: "99" }], ["FL1023 d.csv:2:gpu_slices"]],
    ["has no pairs for labels", [{ id: "pi-1", labels: "north" }], ["FL3263 d.csv:2:labels"]],
    ["has a label with a bad value", [{ id: "pi-1", labels: "hall=a b" }], ["FL1024 d.csv:2:labels"]],
    ["has unknown hardware", [{ id: "pi-2", hardware: "pi-5-9" }], ["FL1033 d.csv:2:hardware"]],
    ["is nowhere", [{ id: "b", hardware: "laptop" }], ["FL1050 d.csv:2:id"]],
    ["has the address of another", [{ id: "pi-3", address: "10.0.0.2" }], ["FL1044 d.csv:2:address"]],
    ["says another site than its cluster", [{ id: "pi-2", site: "hall" }], ["FL3264 d.csv:2:site"]],
    ["says that it is alone in a cluster", [{ id: "pi-2", role: "alone" }], ["FL3264 d.csv:2:role"]],
  ])("refuses a row that %s, at its cell", (_what, cells, expected) => {
    expect(refused(cells)).toEqual(expected);
  });

  it("names the problems of all rows at once, in the order of the table", () => {
    const cells = [
      { id: "pi-2", hardware: "pi-5-9", ring: "last" },
      { id: "", serial: "x" },
      { id: "c", site: "farm", hardware: "laptop", mac: "no" },
    ];
    expect(refused(cells)).toEqual(["FL1033 d.csv:2:hardware", "FL3264 d.csv:2:ring", "FL3262 d.csv:3:id", "FL1022 d.csv:4:mac"]);
  });

  it("refuses what would change a device beside, or an entry that is written elsewhere", () => {
    const shared = main
      .replace("  tractor:\n    site: farm\n", "  tractor: &t\n    site: farm\n")
      .replace("# What runs.", "  trailer: *t\n\n# What runs.");
    const given = [{ path: "clusters/fleet.yaml", text: shared }];
    expect(parseFleet(given).findings).toEqual([]);
    expect(refused([{ id: "trailer", hardware: "laptop" }], given)).toEqual(["FL3265 d.csv:2:"]);
    expect(refused([{ id: "tractor", hardware: "laptop" }], given)).toEqual(["FL3265 d.csv:2:"]);
  });

  it("refuses to edit a fleet that has errors, and names those", () => {
    expect(refused([], [{ path: "clusters/fleet.yaml", text: main.replace("orin-nx-8", "orin-nx-9") }])).toEqual([
      "FL1033 clusters/fleet.yaml:13:devices.pi-[1-3].hardware",
    ]);
  });

  const cell: Record<DeviceColumn, fc.Arbitrary<string>> = {
    id: fc.constantFrom("pi-1", "pi-2", "pi-3", "tractor", "nuc-1", "new-1", "new-2", "null", "1", "__proto__"),
    cluster: fc.constantFrom("", "pis", "nuc", "none"),
    site: fc.constantFrom("", "farm", "hall", "none"),
    hardware: fc.constantFrom("", "jetson-orin-nx-8", "tablet", "server", "laptop", "none"),
    role: fc.constantFrom("", "server", "agent", "alone", "none"),
    ring: fc.constantFrom("", "first", "last"),
    tier: fc.constantFrom("", "access-edge", "iot", "cloud"),
    connectivity: fc.constantFrom("", "always", "metered", "none"),
    address: fc.constantFrom("", "10.0.0.2", "10.0.0.77", "10.0.0.*"),
    mac: fc.constantFrom("", "02:00:00:00:00:01", "02:00:00:00:00:0A", "no"),
    serial: fc.oneof(fc.constantFrom("", "007", "null", "a: b", "{", "x # y", "'", '"', "- a", "&a", "*b"), fc.string({ maxLength: 8 })),
    data: fc.constantFrom("", "nvme", "usb-ssd"),
    power: fc.constantFrom("", "5W", "500W"),
    gpu_slices: fc.constantFrom("", "1", "4", "17"),
    labels: fc.constantFrom("", "a=b", "a=b;c=d", "field=x", "odd%3Bkey=1", "true=no", "a"),
  };
  // Most cells are empty, so that many tables are right.
  const sparse = Object.fromEntries(
    deviceColumns.map((column) => [
      column,
      column === "id" ? cell.id : fc.oneof({ weight: 5, arbitrary: fc.constant("") }, { weight: 1, arbitrary: cell[column] }),
    ]),
  );
  const rows = fc.uniqueArray(fc.record(sparse), { selector: ({ id }) => String(id), minLength: 1, maxLength: 3 });

  it("makes the fleet say what the rows say and keeps every comment, or names what is wrong; again, it changes nothing", () => {
    let done = 0;
    fc.assert(
      fc.property(rows, (given) => {
        const cells = given as (Partial<DeviceRow> & { id: string })[];
        const result = importRows(files, asImport(cells));
        if (!result.ok) {
          expect(result.failure.length).toBeGreaterThan(0);
          return;
        }
        done++;
        const changed = new Map(result.value.files.map(({ path, text }) => [path, text]));
        const now = after(changed);
        const comments = (all: readonly FleetFile[]) => all.flatMap(({ text }) => text.match(/# .*/g) ?? []);
        for (const comment of comments(files)) expect(comments(now).some((text) => text.includes(comment))).toBe(true);
        const has = new Map(rowsIn(now).map((row) => [row.id, row]));
        for (const row of cells) {
          expect(has.get(row.id)).toMatchObject({
            serial: row.serial || has.get(row.id)?.serial,
            hardware: row.hardware || has.get(row.id)?.hardware,
          });
          expect(parseLabels(has.get(row.id)?.labels ?? "")).toMatchObject(parseLabels(row.labels ?? "") ?? {});
        }
        expect(importRows(now, asImport(cells))).toMatchObject({ ok: true, value: { files: [], added: [], updated: [] } });
        expect([...imported(rowsIn(now), now)]).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
    expect(done).toBeGreaterThan(50);
  }, 60_000);
});
