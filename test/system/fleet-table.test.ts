import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fogline as run } from "./testing/cli.ts";
import { makeRepository, type Repository } from "./testing/repository.ts";

const fleetFile = "clusters/fleet.yaml";

let repository: Repository;

beforeEach(() => {
  repository = makeRepository();
});
afterEach(() => repository?.remove());

const fogline = (...args: string[]) => run(args, {}, repository.path);
const text = (path = fleetFile): string => readFileSync(join(repository.path, path), "utf8");
const write = (path: string, content: string): void => writeFileSync(join(repository.path, path), content);

describe("the devices as a table", () => {
  it("are exported to a file and imported again without a change", () => {
    const before = text();
    expect(fogline("fleet", "export", "--file", "d.csv")).toMatchObject({ status: 0, stdout: expect.stringMatching(/^d\.csv: 9 devices\./) });
    expect(text("d.csv").split("\r\n")).toHaveLength(11);
    expect(fogline("fleet", "export").stdout.trimEnd().split(/\r?\n/)).toEqual(text("d.csv").trimEnd().split("\r\n"));
    expect(fogline("fleet", "import", "d.csv")).toMatchObject({ status: 0, stdout: "nothing to change: the fleet says what the table says\n" });
    expect(text()).toBe(before);
  });

  it("add and update what the fleet has, keep its comments, and leave a fleet that renders", () => {
    const before = text();
    write("d.csv", "\uFEFFSerial;ID;Hardware;Cluster;Data\r\nS-1;pi-2;;;\r\nS-9;pi-9;pi-5-8;edge-pi;usb-ssd\r\n");
    const dry = fogline("fleet", "import", "d.csv", "--dry-run");
    expect(dry.stdout).toMatch(/^ {2}\+ +\d+ {4}pi-2: \{ serial: S-1 \}$/m);
    expect(text()).toBe(before);
    expect(fogline("fleet", "import", "d.csv", "--json").json()).toMatchObject({
      changed: true,
      added: ["pi-9"],
      updated: ["pi-2"],
      files: [{ path: fleetFile }],
    });
    for (const comment of before.match(/# .*/g) ?? []) expect(text()).toContain(comment);
    expect(fogline("check", "--json").json()).toMatchObject({ findings: [], devices: 10 });
    expect(fogline("fleet", "import", "d.csv").stdout).toContain("nothing to change");
  });

  it("are refused with every problem at its line, and nothing is changed", () => {
    const before = text();
    write("d.csv", "id,hardware,cluster,site\npi-9,pi-5-9,edge-pi,\npi-2,,,headquarters\n");
    const said = fogline("fleet", "import", "d.csv");
    expect(said.status).toBe(1);
    expect(said.stdout.match(/d\.csv:\d+:\d+/g)).toEqual(["d.csv:2:2", "d.csv:3:4"]);
    expect(text()).toBe(before);
  });

  it("are not there, or not asked for as they can be had", () => {
    expect(fogline("fleet", "import", "nope.csv")).toMatchObject({ status: 3, stderr: expect.stringContaining("FL3260") });
    expect(fogline("fleet", "export", "--file", "no/where.csv")).toMatchObject({ status: 3, stderr: expect.stringContaining("FL3260") });
    expect(fogline("fleet", "export", "--format", "xls").status).toBe(2);
    expect(fogline("fleet", "import", "d.csv", "--into", "elsewhere.yaml").status).toBe(2);
  });
});

describe("a fleet in several files", () => {
  beforeEach(() => {
    mkdirSync(join(repository.path, "clusters/fleet.d"));
    write(
      "clusters/fleet.d/plant-8.yaml",
      "# Plant 8.\nsites:\n  plant-8: { region: eu-central }\nclusters:\n  hall: { site: plant-8, tier: access-edge, ring: stable }\n",
    );
  });

  it("gets a new device where its cluster or site is", () => {
    write("d.csv", "id,hardware,cluster,role,data\nh-1,pi-5-8,hall,server,usb-ssd\n");
    expect(fogline("fleet", "import", "d.csv").stdout).toContain("added 1 and updated 0 devices in clusters/fleet.d/plant-8.yaml");
    expect(fogline("fleet", "add-device", "h-2", "--hardware", "pi-5-8", "--cluster", "hall").stdout).toContain(
      "added h-2 to clusters/fleet.d/plant-8.yaml",
    );
    expect(fogline("fleet", "add-device", "lamp", "--hardware", "iot-sensor", "--site", "plant-8").stdout).toContain("plant-8.yaml");
    expect(text("clusters/fleet.d/plant-8.yaml")).toMatch(/^# Plant 8\.\n[\s\S]*devices:\n {2}h-1: .*\n {2}h-2: .*\n {2}lamp: .*\n$/);
    expect(fogline("fleet", "show").stdout).toContain("3 sites, 5 clusters, 12 devices");
  });

  it("is told of a mistake in the file that has it", () => {
    const said = fogline("fleet", "add-device", "lamp", "--hardware", "iot-sensr", "--site", "plant-8");
    expect(said.stdout).toMatch(/clusters\/fleet\.d\/plant-8\.yaml:\d+:\d+ {2}devices\.lamp\.hardware/);
    write("clusters/fleet.d/plant-8.yaml", "sites:\n  plant-8: { regon: eu-central }\n");
    expect(fogline("check").stdout).toContain("clusters/fleet.d/plant-8.yaml:2:14");
  });
});

describe("fogline upgrade", () => {
  const manifest = '{\n  "private": true,\n  "dependencies": { "fogline": "0.0.9" }\n}\n';

  it("states the vocabulary, writes the schema, and raises the version that npm is asked for", () => {
    write("package.json", manifest);
    write("clusters/fleet.schema.json", "{}\n");
    const before = text();
    const dry = fogline("upgrade", "--dry-run");
    expect(dry).toMatchObject({ status: 0, stdout: expect.stringContaining("schema 0 -> 1") });
    expect([text(), text("package.json"), text("clusters/fleet.schema.json")]).toEqual([before, manifest, "{}\n"]);
    const said = fogline("upgrade");
    expect(said.stdout.split("\n").slice(0, -2)).toEqual(dry.stdout.split("\n").slice(0, -2));
    expect(text()).toBe(before.replace("\nfleet: acme", "\nschema: 1\nfleet: acme"));
    expect(text("package.json")).toBe(manifest.replace(/0\.0\.9/, /\d+\.\d+\.\d+/.exec(fogline("--version").stdout)?.[0] ?? ""));
    expect(JSON.parse(text("clusters/fleet.schema.json"))).toHaveProperty("properties.schema");
    expect(fogline("check").status).toBe(0);
    expect(fogline("upgrade").stdout).toMatch(/^nothing to change/);
  });

  it("changes nothing when one part is refused, and names all that is", () => {
    write("package.json", manifest.replace("0.0.9", "99.0.0"));
    write(fleetFile, text().replace("fleet: acme", "schema: 99\nfleet: acme"));
    const said = fogline("upgrade", "--json");
    expect(said.status).toBe(1);
    expect((said.json() as { findings: { code: string }[] }).findings.map(({ code }) => code)).toEqual(["FL1090", "FL3270"]);
    expect(text("package.json")).toContain("99.0.0");
    expect(fogline("check").stdout).toContain("FL1090");
  });
});
