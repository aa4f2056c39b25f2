import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pack } from "../../scripts/pack.ts";
import { root } from "../../scripts/root.ts";

const { PATH, HOME } = process.env;
const quietly = { encoding: "utf8", stdio: "pipe" } as const;
const install = (cwd: string, ...args: string[]) =>
  execFileSync("npm", ["install", "--offline", "--omit=optional", "--no-audit", "--no-fund", ...args], { cwd, ...quietly });

// Bundling and writing the types of what users import takes most of a minute on two busy cores.
const packingMs = 300_000;

// The one warning of a workload's check below is FL2101: the image of the example has no digest.
describe("a repository of one's own, made by the packed command in an empty folder", () => {
  let folder: string;
  let repository: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "fogline-init-"));
    repository = join(folder, "acme");
    const archive = await pack(join(folder, "pack"));
    writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
    install(folder, archive);
    expect(fogline(folder, "init", "acme", "--domain", "acme.example", "--fogline", `file:${archive}`)).toMatchObject({ status: 0, stderr: "" });
    // Without the network, TypeScript is the one that checks this repository.
    const manifest = readFileSync(join(repository, "package.json"), "utf8");
    writeFileSync(
      join(repository, "package.json"),
      manifest.replace(/"typescript": ".*"/, `"typescript": "file:${join(root, "node_modules/typescript")}"`),
    );
    install(repository);
  }, packingMs);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** As `npx fogline` finds it: in the node_modules of the folder, else in that around it. */
  const fogline = (cwd: string, ...args: string[]) => {
    const own = join(cwd, "node_modules/fogline/bin/fogline.js");
    const command = readdirSync(cwd).includes("node_modules") ? own : join(folder, "node_modules/fogline/bin/fogline.js");
    const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], { cwd, encoding: "utf8", env: { PATH, HOME } });
    return { status, stdout, stderr };
  };
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.org", ...args], { cwd: repository, ...quietly }).trim();
  const tsc = () => spawnSync(process.execPath, [join(repository, "node_modules/typescript/bin/tsc")], { cwd: repository, ...quietly });
  const write = (path: string, text: string) => writeFileSync(join(repository, path), text);

  it("checks, renders and is committed as it was made, and is then what the fleet renders", () => {
    expect(fogline(repository, "check")).toMatchObject({ status: 0, stdout: expect.stringContaining("0 errors, 0 warnings") });
    expect(fogline(repository, "render")).toMatchObject({ status: 0 });
    git("add", "-A");
    git("commit", "-qm", "The first fleet");
    expect(
      git("ls-files")
        .split("\n")
        .filter((path) => path.startsWith("node_modules") || path.startsWith(".fogline")),
    ).toEqual([]);
    expect(fogline(repository, "render", "--check")).toMatchObject({ status: 0 });
    expect(tsc()).toMatchObject({ status: 0, stdout: "" });
  });

  it("refuses to be made a second time, naming all that is there, and changes nothing", () => {
    const said = fogline(folder, "init", "acme", "--json");
    const { created, findings } = JSON.parse(said.stdout) as { created: boolean; findings: { code: string; place: { file: string } }[] };
    expect([said.status, created]).toEqual([1, false]);
    expect(new Set(findings.map(({ code }) => code))).toEqual(new Set(["FL3255"]));
    const there = readdirSync(repository).filter((name) => name !== ".git");
    expect(findings.map(({ place }) => place.file).toSorted()).toEqual(there.map((name) => join(repository, name)).toSorted());
    expect(git("status", "--porcelain")).toBe("");
  });

  it("renders the chart that its README shows, for a workload of that name", () => {
    const readme = readFileSync(join(repository, "README.md"), "utf8");
    write("charts.ts", /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "");
    appendFileSync(join(repository, "clusters/fleet.yaml"), '  display: { on: dev, image: "registry.example.org/display:1.0.0" }\n');
    expect(tsc()).toMatchObject({ status: 0, stdout: "" });
    expect(fogline(repository, "check")).toMatchObject({ status: 0, stdout: expect.stringContaining("0 errors, 1 warning") });
    expect(fogline(repository, "render")).toMatchObject({ status: 0 });
    expect(readFileSync(join(repository, "clusters/dev/apps/display/deployment-display.yaml"), "utf8")).toContain(
      "registry.example.org/display:1.0.0",
    );
    git("add", "-A");
    git("commit", "-qm", "A display");
    expect(fogline(repository, "render", "--check")).toMatchObject({ status: 0 });
  });

  it("has types that find a mistake in a chart before it is rendered", () => {
    const good = readFileSync(join(repository, "charts.ts"), "utf8");
    write("charts.ts", good.replace("memoryBytes: context", "memoryBites: context"));
    expect(tsc()).toMatchObject({ status: 2, stdout: expect.stringMatching(/^charts\.ts\(\d+,\d+\): error TS.*memoryBites/m) });
    write("charts.ts", good);
  });

  it("reads a chart that lies in a folder, with the types and helpers of the installed package", () => {
    mkdirSync(join(repository, "charts"), { recursive: true });
    write("charts/note.ts", note);
    write(
      "charts.ts",
      'import type { OwnCharts } from "fogline/charts";\nimport { note } from "./charts/note.ts";\nexport default { cluster: [note] } satisfies OwnCharts;\n',
    );
    write("clusters/fleet.yaml", readFileSync(join(repository, "clusters/fleet.yaml"), "utf8").replace(/^ {2}display: .*\n/m, ""));
    expect(tsc()).toMatchObject({ status: 0, stdout: "" });
    expect(fogline(repository, "render")).toMatchObject({ status: 0 });
    expect(readFileSync(join(repository, "clusters/dev/configs/configmap-note.yaml"), "utf8")).toContain("text: for dev");
  });

  it("has a page of documentation whose chart compiles and renders too", () => {
    const page = readFileSync(join(root, "docs/own-repository.md"), "utf8");
    const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block]) => block ?? "");
    expect(blocks).toHaveLength(1);
    write("charts.ts", blocks[0] ?? "");
    appendFileSync(join(repository, "clusters/fleet.yaml"), '  display: { on: dev, image: "registry.example.org/display:1.0.0" }\n');
    expect(tsc()).toMatchObject({ status: 0, stdout: "" });
    expect(fogline(repository, "check")).toMatchObject({ status: 0, stdout: expect.stringContaining("0 errors, 1 warning") });
  });
});

const note = `import { ApiObject, type ClusterChart, standardLabels } from "fogline/charts";

export const note: ClusterChart = {
  name: "note",
  layer: "configs",
  build: (chart, { cluster, namespace }) => {
    new ApiObject(chart, "note", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "note", namespace, labels: standardLabels("note") },
      data: { text: \`for \${cluster.name}\` },
    });
  },
};
`;
