import { describe, expect, it } from "vitest";
import { type FleetFile, parseFleet } from "./index.ts";
import { type Migration, migrateFleet, migrations } from "./migrate.ts";
import { schemaVersion } from "./schema.ts";

const body = `fleet: acme   # ours
rings: { only: {} }
sites: { home: { region: eu } } # the only one
clusters: { dev: { site: home, tier: cloud, ring: only } }
`;
const head = "# Everything that exists.\n\n";
const file = (text: string, path = "clusters/fleet.yaml"): FleetFile => ({ path, text });

/** Two steps as later versions may have them: places were once called places, and a part of them lay in `where`. */
const renames: readonly Migration[] = [
  ...migrations,
  { to: 2, title: "places are sites", migrate: (files) => files.map(({ path, text }) => ({ path, text: text.replace(/^places:/m, "sites:") })) },
  { to: 3, title: "where is region", migrate: (files) => files.map(({ path, text }) => ({ path, text: text.replaceAll("where:", "region:") })) },
];
const old = body.replace("sites:", "places:").replace("region:", "where:");

const migrated = (files: readonly FleetFile[], steps?: readonly Migration[]) => {
  const result = migrateFleet(files, steps);
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
  return result.value;
};
const refused = (files: readonly FleetFile[], steps?: readonly Migration[]): string[] => {
  const result = migrateFleet(files, steps);
  return result.ok ? [] : result.failure.map(({ code }) => code);
};

describe("the migrations", () => {
  it("lead one after the other to the version that is read", () => {
    expect(migrations.map(({ to }) => to)).toEqual(Array.from({ length: schemaVersion }, (_, index) => index + 1));
  });
});

describe("migrating a fleet file", () => {
  it("states the version above the first key, and changes nothing else", () => {
    expect(migrated([file(head + body)])).toEqual({
      from: 0,
      to: 1,
      done: ["the fleet file states the version of its vocabulary"],
      files: [file(`${head}schema: 1\n${body}`)],
    });
    expect(parseFleet([file(`${head}schema: 1\n${body}`)]).findings).toEqual([]);
  });

  it("has nothing to do for a file of the newest version", () => {
    expect(migrated([file(`schema: 1\n${body}`)])).toEqual({ from: 1, to: 1, done: [], files: [] });
  });

  it.each([
    ["lines that end with CRLF", body.replaceAll("\n", "\r\n"), `schema: 1\r\n${body.replaceAll("\n", "\r\n")}`],
    ["a version that is 0", `# a\nschema: 0 # b\n${body}`, `# a\nschema: 1 # b\n${body}`],
    ["no line before the first key", body, `schema: 1\n${body}`],
  ])("keeps %s", (_what, before, after) => {
    expect(migrated([file(before)]).files).toEqual([file(after)]);
  });

  it("writes a file that is one flow mapping anew", () => {
    const flow = "{ fleet: a, rings: { only: {} }, sites: { farm: { region: eu } }, clusters: {} } # all\n";
    const [written] = migrated([file(flow)]).files;
    expect(written?.text).toContain("# all");
    expect(parseFleet([file(written?.text ?? "")])).toMatchObject({ findings: [], fleet: { name: "a" } });
  });

  it("goes through every step that is needed, in all files, and through no other", () => {
    const part = file("sites:\n  # far away\n  moon: { where: eu }\n", "clusters/fleet.d/moon.yaml");
    const { from, to, done, files } = migrated([file(head + old), part], renames);
    expect([from, to, done]).toEqual([0, 3, [migrations[0]?.title, "places are sites", "where is region"]]);
    expect(files).toEqual([file(`${head}schema: 3\n${body}`), file(part.text.replace("where", "region"), part.path)]);
    const second = body.replace("region:", "where:");
    expect(migrated([file(`schema: 2\n${second}`)], renames)).toMatchObject({
      from: 2,
      done: ["where is region"],
      files: [file(`schema: 3\n${body}`)],
    });
  });

  it("sets the version where a part of the fleet states it", () => {
    const part = file("schema: 1\n", "clusters/fleet.d/a.yaml");
    expect(migrated([file(old), part], renames).files.map(({ text }) => text)).toEqual(
      [body.replace("sites:", "places:"), "schema: 3\n"].map((text) => text.replace("places:", "sites:")),
    );
  });

  it("refuses a newer version than it knows, a file that cannot be read, and a result with errors", () => {
    expect(refused([file(`schema: 2\n${body}`)])).toEqual(["FL1090"]);
    expect(refused([file("fleet: {")])).toEqual(["FL1001"]);
    expect(refused([file("")])).toContain("FL1011");
    expect(refused([])).toContain("FL1001");
    expect(refused([file(`schema: one\n${body}`)])).toEqual(["FL1011"]);
    expect(refused([file(body.replace("site: home", "site: hom"))])).toEqual(["FL1030"]);
  });
});
