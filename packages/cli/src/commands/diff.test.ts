import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createContext } from "../context.ts";
import { Exit } from "../exit.ts";
import { type DiffOptions, diffCommand } from "./diff.ts";
import { renderCommand } from "./render.ts";

const fleet = `fleet: acme
domain: edge.acme.example
rings: { canary: { soak: 2h } }
sites: { headquarters: { region: eu-central } }
clusters: { dev: { site: headquarters, tier: cloud, ring: canary, local: true } }
devices: { this-machine: { cluster: dev, hardware: server } }
workloads:
  scheduler: { on: dev, version: 0.1.0, env: { LOG_LEVEL: info } }
  policy: { on: dev, version: 0.1.0 }
`;

let root: string;
const git = (...args: string[]): string =>
  execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", ...args], { cwd: root, encoding: "utf8" });
const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
const edit = (from: string, to: string): void =>
  write("clusters/fleet.yaml", readFileSync(join(root, "clusters/fleet.yaml"), "utf8").replace(from, to));

/** Runs a command in the repository: its text, and its exit code. */
const run = async (command: (context: ReturnType<typeof createContext>) => Promise<void>, json = false): Promise<{ text: string; code: number }> => {
  let text = "";
  const stream = { write: (part: string) => (text += part) };
  const context = createContext({ json, repo: root, data: join(root, ".data") }, { stdout: stream, stderr: stream, environment: {} }, root);
  try {
    await command(context);
    return { text, code: 0 };
  } catch (thrown) {
    if (thrown instanceof Exit) return { text, code: thrown.code };
    throw thrown;
  }
};
const diff = (revision: string, options: DiffOptions = {}, json = false) => run((context) => diffCommand(context, revision, options), json);
const commit = (subject: string): void => {
  git("add", ".");
  git("commit", "-qm", subject);
};

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "fogline-diff-"));
  git("init", "-q", "-b", "main");
  write("clusters/fleet.yaml", fleet);
  await run((context) => renderCommand(context, {}));
  commit("first");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("fogline diff", () => {
  it("finds nothing when the fleet renders what is committed", async () => {
    expect(await diff("main")).toEqual({ text: "  dev   unchanged\n", code: 0 });
  });

  it("compares the fleet as it is on disk, rendered or not, with any name of a commit", async () => {
    edit("LOG_LEVEL: info", "LOG_LEVEL: debug");
    for (const name of ["main", "HEAD", git("rev-parse", "--short", "HEAD").trim()]) {
      const { text, code } = await diff(name);
      expect(text).toMatch(/^ {2}dev {3}canary {3}1 device {3}1 restart {3}~ Deployment fogline\/scheduler {3}pulls nothing$/m);
      expect(code).toBe(0);
    }
    expect(git("status", "--short")).toBe(" M clusters/fleet.yaml\n");
  });

  it("names every field with --cluster, and refuses a cluster that neither side has", async () => {
    edit("LOG_LEVEL: info", "LOG_LEVEL: debug");
    expect((await diff("main", { cluster: "dev" })).text).toContain("spec.template.spec.containers[scheduler].env[LOG_LEVEL].value: info -> debug");
    await expect(diff("main", { cluster: "nope" })).rejects.toMatchObject({ code: "FL1031" });
  });

  it("ends with 1 when a volume goes, and says where it is declared", async () => {
    edit("  policy: { on: dev, version: 0.1.0 }\n", "");
    const { text, code } = await diff("main");
    expect(code).toBe(1);
    expect(text).toContain("- policy (");
    expect(text).toContain("risk   FL5001 dev: PersistentVolumeClaim fogline/policy-data is removed");
  });

  it("gives one JSON value with everything", async () => {
    edit("scheduler: { on: dev, version: 0.1.0", "scheduler: { on: dev, version: 0.2.0");
    const value = JSON.parse((await diff("main", {}, true)).text);
    expect(value.revision).toBe(git("rev-parse", "HEAD").trim());
    expect(value.clusters[0]).toMatchObject({ images: [{ workload: "scheduler", before: "0.1.0", after: "0.2.0" }], restarts: [{ pods: 1 }] });
  });

  it("gives Markdown and nothing else", async () => {
    edit("LOG_LEVEL: info", "LOG_LEVEL: debug");
    const { text } = await diff("main", { format: "markdown" });
    expect(text.startsWith("<!-- fogline diff -->\n")).toBe(true);
    expect(text).toContain("| `dev` | canary | 1 device | 1 restart | ~ Deployment fogline/scheduler | nothing |");
  });

  it("adds a cluster that the revision does not have, and removes one that the fleet does not have", async () => {
    git("rm", "-rq", "--cached", "clusters/dev");
    git("commit", "-qm", "without a tree");
    expect((await diff("main")).text).toMatch(/^ {2}dev {3}canary .* \+ the cluster/m);
    write("clusters/old/apps/x/kustomization.yaml", "kind: Kustomization\nresources: []\n");
    commit("another cluster");
    const { text, code } = await diff("main");
    expect(text).toContain("FL5007 old: the tree of cluster old with 0 objects is removed");
    expect(code).toBe(1);
  });

  it("says when the revision has commits that this branch lacks", async () => {
    git("checkout", "-qb", "work");
    git("checkout", "-q", "main");
    edit("LOG_LEVEL: info", "LOG_LEVEL: debug");
    commit("on main");
    git("checkout", "-q", "work");
    expect((await diff("main")).text).toContain("note   main has 1 commit that HEAD lacks");
  });

  it("refuses what names no commit, options in disguise included", async () => {
    for (const name of ["nope", "", "--upload-pack=x", "main:clusters/fleet.yaml"]) {
      await expect(diff(name)).rejects.toMatchObject({ code: "FL5000" });
    }
  });

  it("says the findings of a fleet that does not render, and compares nothing", async () => {
    edit("hardware: server", "hardware: servre");
    const { text, code } = await diff("main");
    expect(text).toContain("FL1033");
    expect(code).toBe(1);
  });

  it("refuses a lock of images that is wrong on disk, and goes on when it is wrong in the old revision", async () => {
    write("clusters/images.lock.yaml", "images: [\n");
    expect(await diff("main")).toMatchObject({ code: 1, text: expect.stringContaining("FL3280") });
    commit("a broken lock");
    write("clusters/images.lock.yaml", "images: {}\n");
    const { text, code } = await diff("main");
    expect(text).toContain("watch  FL5019 clusters/images.lock.yaml of the old revision is not used");
    expect(code).toBe(0);
  });

  it("compares trees also when the old fleet cannot be read", async () => {
    write("clusters/fleet.yaml", "from: another version\n");
    commit("an old word");
    write("clusters/fleet.yaml", fleet.replace("LOG_LEVEL: info", "LOG_LEVEL: debug"));
    const { text } = await diff("main");
    expect(text).toContain("1 restart");
    expect(text).toContain("FL5019 the fleet of the old revision cannot be read");
  });

  it("shows no secret, wherever it stands in a tree", async () => {
    const canary = "c4n4ry-7f3b";
    write("clusters/secrets/dev/key.sops.yaml", `apiVersion: v1\nkind: Secret\nmetadata:\n  name: key\nstringData:\n  a: ${canary}\n`);
    write("clusters/dev/apps/scheduler/secret-key.yaml", `apiVersion: v1\nkind: Secret\nmetadata:\n  name: key\nstringData:\n  a: ${canary}\n`);
    const index = "clusters/dev/apps/scheduler/kustomization.yaml";
    write(index, `${readFileSync(join(root, index), "utf8")}  - secret-key.yaml\n`);
    commit("a secret");
    write("clusters/secrets/dev/key.sops.yaml", `apiVersion: v1\nkind: Secret\nmetadata:\n  name: key\nstringData:\n  a: ${canary}-2\n`);
    edit("LOG_LEVEL: info", `API_TOKEN: ${canary}`);
    for (const options of [{}, { cluster: "dev" }, { format: "markdown" as const }]) expect((await diff("main", options)).text).not.toContain(canary);
    const { text } = await diff("main", {}, true);
    expect(text).toContain("key.sops.yaml");
    expect(text).not.toContain(canary);
  });
});
