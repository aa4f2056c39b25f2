import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fogline } from "./testing/cli.ts";

const fleet = `fleet: acme
rings: { only: {} }
sites: { home: { region: eu } }
clusters: { dev: { site: home, tier: cloud, ring: only, local: true } }
devices: { this-machine: { cluster: dev, hardware: detected } }
workloads: { web: { on: dev, version: 1.0.0 } }
`;

const chart = (body: string): string => `import { addWorkload, type AppContext, type Chart } from "fogline/charts";
export const web = {
  build: ${body},
};
`;
const builds = `(chart: Chart, context: AppContext) =>
    addWorkload(chart, context, { container: { env: {}, ports: { http: 8080 }, cpuMillicores: 100, memoryBytes: 1e8 } })`;

interface Found {
  readonly code: string;
  readonly message: string;
  readonly place: { readonly file: string; readonly line?: number; readonly path?: string };
}

describe("charts.ts of a repository", () => {
  let folder: string;

  // A path with a space and a bracket: both look different in the addresses of modules.
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "fogline charts [1] "));
    execFileSync("git", ["init", "-q", "-b", "main"], { cwd: folder });
    write("package.json", '{ "private": true, "type": "module" }\n');
    write("clusters/fleet.yaml", fleet);
    write("charts/web.ts", chart(builds));
    write("charts.ts", 'import { web } from "./charts/web.ts";\n\nexport default { apps: { web } };\n');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const check = () => {
    const said = fogline(["--repo", folder, "check", "--json"]);
    expect(said.stderr).toBe("");
    const { findings } = said.json() as { findings: Found[] };
    return { status: said.status, findings, brief: findings.map(({ code, place }) => `${code} ${place.file}:${place.line ?? "-"}`) };
  };

  it("renders a workload that Fogline has no chart for, without the package being installed", () => {
    expect(check()).toMatchObject({ status: 0, findings: [] });
    expect(fogline(["--repo", folder, "render"]).stdout).toContain("wrote    clusters/dev/apps/web/deployment-web.yaml");
    expect(fogline(["--repo", folder, "render", "--check"]).status).toBe(0);
  });

  it("renders an image of one's own in the chart of its workload", () => {
    write("clusters/fleet.yaml", fleet.replace("version: 1.0.0 }", 'version: 1.0.0, image: "registry.acme.example/web:1.0.0" }'));
    expect(fogline(["--repo", folder, "render"]).stdout).toContain("wrote    clusters/dev/apps/web/deployment-web.yaml");
    expect(execFileSync("cat", [join(folder, "clusters/dev/apps/web/deployment-web.yaml")], { encoding: "utf8" })).toContain("containerPort: 8080");
  });

  it.each([
    ["does not parse", "charts.ts", "const a = 1;\nconst b = (;\n", "FL3250 charts.ts:2"],
    ["does not parse in a part", "charts/web.ts", "const a = 1;\nconst b = (;\n", "FL3250 charts/web.ts:2"],
    ["needs a compiler", "charts.ts", "\nenum Size { Small }\nexport default {};\n", "FL3250 charts.ts:2"],
    ["throws", "charts.ts", "\n\nconst size = (undefined as unknown as { a: string }).a;\nexport default { size };\n", "FL3250 charts.ts:3"],
    [
      "imports a file that is not there",
      "charts.ts",
      '\nimport { web } from "./charts/wob.ts";\nexport default { apps: { web } };\n',
      "FL3250 charts.ts:2",
    ],
    ["imports a package that is not there", "charts.ts", '\nimport { web } from "wob";\nexport default { apps: { web } };\n', "FL3250 charts.ts:2"],
    [
      "imports a name that is not there",
      "charts.ts",
      '\nimport { wob } from "./charts/web.ts";\nexport default { apps: { wob } };\n',
      "FL3250 charts.ts:2",
    ],
    ["throws something that is no error", "charts.ts", 'throw "no";\n', "FL3250 charts.ts:-"],
    ["has no default export", "charts.ts", "export const apps = {};\n", "FL3251 charts.ts:1"],
  ])("that %s is one finding with its file and line", (_what, path, text, expected) => {
    write(path, text);
    const { status, findings, brief } = check();
    expect([status, brief]).toEqual([1, [expected]]);
    expect(findings[0]?.message).not.toMatch(/\n|node:internal/);
    expect(findings[0]?.message).not.toContain(folder);
    expect(fogline(["--repo", folder, "render"])).toMatchObject({ status: 1, stderr: "" });
  });

  it("names everything that its default export lacks at once", () => {
    write(
      "charts.ts",
      "export default {\n  aps: {},\n  apps: { web: { environmentPrefix: 1, build: 1 } },\n  cluster: [{ name: 'a', layer: 'b', build() {} }, 2],\n};\n",
    );
    const { findings } = check();
    expect(findings.map(({ code, message, place }) => `${code} ${place.line} ${message}`)).toEqual([
      "FL3251 2 the default export of charts.ts has no key aps",
      "FL3251 3 apps.web.environmentPrefix is a number, not a text",
      "FL3251 3 apps.web.build is a number, not a function",
      'FL3251 4 cluster.0.layer is "b", not "controllers" or "configs"',
      "FL3251 4 cluster.1 is a number, not an object with name, layer and build",
    ]);
  });

  it("may not have a chart of Fogline's, and is told of one that no workload has", () => {
    write("charts.ts", 'import { web } from "./charts/web.ts";\nexport default { apps: { web,\n gateway: web } };\n');
    expect(check().brief).toEqual(["FL3253 charts.ts:3"]);
    write("charts.ts", 'import { web } from "./charts/web.ts";\nexport default { apps: { web,\n wob: web } };\n');
    expect(check()).toMatchObject({ status: 0, brief: ["FL3254 charts.ts:3"] });
  });

  it("whose chart fails is a finding at the line that threw, and nothing is written", () => {
    write("charts/web.ts", chart("() => {\n    const sizes: Record<string, { bytes: number }> = {};\n    return sizes.small!.bytes;\n  }"));
    const { status, findings, brief } = check();
    expect([status, brief]).toEqual([1, ["FL3252 charts/web.ts:5"]]);
    expect(findings[0]).toMatchObject({
      message: expect.stringContaining("chart web failed for cluster dev: Cannot read"),
      place: { path: "apps.web" },
    });
    expect(fogline(["--repo", folder, "render", "--json"]).json()).toMatchObject({ written: [], removed: [] });
  });

  it("whose chart builds asynchronously is refused, since its objects would be missing", () => {
    write("charts/web.ts", chart("async () => {}"));
    expect(check().findings).toMatchObject([{ code: "FL3252", message: expect.stringContaining("asynchronously") }]);
  });
});
