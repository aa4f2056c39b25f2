import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gunzipSync, gzipSync } from "node:zlib";
import { FoglineError } from "@fogline/findings";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDataFolder } from "../data-folder.ts";
import { createBackup } from "./create.ts";
import { restoreBackup } from "./restore.ts";

const passphrase = "correct horse battery";
const nowMs = Date.UTC(2026, 4, 1);
let root: string;
let data: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "fogline-backup-"));
  data = join(root, "data");
  mkdirSync(data);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const at = (...names: string[]) => join(data, ...names);
const write = (path: string, text: string) => {
  mkdirSync(join(at(path), ".."), { recursive: true });
  writeFileSync(at(path), text);
};

/** A database of the hub with these migrations and one row that says something. */
const database = (path: string, migrations: readonly string[], says = "as it was") => {
  const made = new DatabaseSync(at(path));
  made.exec("pragma journal_mode = wal; create table fogline_migrations (name text primary key); create table words (word text)");
  for (const name of migrations) made.prepare("insert into fogline_migrations values (?)").run(name);
  made.prepare("insert into words values (?)").run(says);
  return made;
};
const wordIn = (path: string): unknown => {
  const opened = new DatabaseSync(at(path), { readOnly: true });
  const row = opened.prepare("select word from words").get();
  opened.close();
  return row?.word;
};

const folderOfAHub = () => {
  database("scheduler.sqlite", ["rpc-0001-answers", "scheduler-0001-tasks"]).close();
  database("gateway.sqlite", ["rpc-0001-answers"]).close();
  write("root.key", "the root key\n");
  write("admin.token", "fogline_secret\n");
  write("agent/identity.json", '{"key":"of the agent"}');
  write("tls/acme-ca.certificate.key", "the key of the port");
  write("last-good.json", "{}");
  write("hub.url", "http://127.0.0.1:3000");
  write("hub.log", "a line");
  write("agent/work/t-1/large.bin", "a task's own");
  write("backups/old.tar.gz", "a backup of before");
};

const backup = (given: { readonly to?: string; readonly passphrase?: string } = {}) =>
  createBackup({ dataFolder: data, to: join(root, "fog.tar.gz"), version: "0.1.0", nowMs, ...given });
const restore = (given: { readonly archive?: string; readonly passphrase?: string; readonly dataFolder?: string } = {}) =>
  restoreBackup({ archive: join(root, "fog.tar.gz"), dataFolder: data, stamp: "now", ...given });
const refusalOf = async (work: Promise<unknown>) => {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof FoglineError)) throw new Error("it was not refused");
  return { code: thrown.code, findings: thrown.findings.map(({ code, message }) => `${code} ${message}`) };
};
/** Everything below a folder with its content, to see that nothing was changed. */
const stateOf = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== ".gitignore")
    .map(({ parentPath, name }) => `${join(parentPath, name)}: ${readFileSync(join(parentPath, name), "latin1")}`)
    .sort();

describe("a backup", () => {
  it("has every database as it is while it is written to, the plain files, and no secret", async () => {
    folderOfAHub();
    const writer = new DatabaseSync(at("scheduler.sqlite"));
    writer.exec("begin; insert into words values ('not committed')");
    const { manifest, path } = await backup();
    writer.exec("rollback");
    writer.close();
    expect(manifest).toMatchObject({
      format: 1,
      version: "0.1.0",
      createdAtMs: nowMs,
      keys: null,
      rootKeyId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(manifest.files.map((file) => [file.path, file.migrations])).toEqual([
      ["gateway.sqlite", ["rpc-0001-answers"]],
      ["last-good.json", undefined],
      ["scheduler.sqlite", ["rpc-0001-answers", "scheduler-0001-tasks"]],
    ]);
    const bytes = gunzipSync(readFileSync(path)).toString("latin1");
    for (const secret of ["the root key", "fogline_secret", "of the agent", "the key of the port"]) expect(bytes).not.toContain(secret);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(execFileSync("tar", ["-tzf", path], { encoding: "utf8" })).toBe(
      "manifest.json\ndata/gateway.sqlite\ndata/last-good.json\ndata/scheduler.sqlite\n",
    );
    expect(readdirSync(root).sort()).toEqual(["data", "fog.tar.gz"]);
  });

  it("has the secrets sealed where a passphrase is given, readable in no other way", async () => {
    folderOfAHub();
    const { manifest, path } = await backup({ passphrase });
    expect(manifest.keys?.count).toBe(4);
    const bytes = gunzipSync(readFileSync(path)).toString("latin1");
    for (const secret of ["the root key", "fogline_secret", Buffer.from("the root key\n").toString("base64")]) expect(bytes).not.toContain(secret);
    await expect(backup({ to: join(root, "other.tar.gz"), passphrase: "short" })).rejects.toThrow(
      "the passphrase has 5 characters, at least 12 are needed",
    );
  });

  it("overwrites nothing, follows no link, and is refused where no hub has run or a database is damaged", async () => {
    await expect(backup()).rejects.toThrow("it holds no database");
    folderOfAHub();
    symlinkSync("/etc/passwd", at("outside.json"));
    expect((await backup()).manifest.files.some(({ path }) => path === "outside.json")).toBe(false);
    await expect(backup()).rejects.toThrow("exists, and a backup overwrites nothing");
    write("policy.sqlite", `SQLite format 3\0${"x".repeat(9_000)}`);
    await expect(backup({ to: join(root, "other.tar.gz") })).rejects.toMatchObject({
      code: "FL4062",
      message: expect.stringContaining("policy.sqlite"),
    });
    expect(readdirSync(root).sort()).toEqual(["data", "fog.tar.gz"]);
  });
});

describe("a restore", () => {
  it("puts everything back, secrets included, and keeps the folder that it replaces", async () => {
    folderOfAHub();
    await backup({ passphrase });
    const changed = new DatabaseSync(at("scheduler.sqlite"));
    changed.exec("update words set word = 'changed since'");
    changed.close();
    write("root.key", "another root key");
    const restored = await restore({ passphrase });
    expect(restored).toMatchObject({ before: `${data}.before-now`, keysFrom: "archive" });
    expect([wordIn("scheduler.sqlite"), readFileSync(at("root.key"), "utf8"), readFileSync(at("agent/identity.json"), "utf8")]).toEqual([
      ...["as it was", "the root key\n", '{"key":"of the agent"}'],
    ]);
    expect([statSync(at("root.key")).mode & 0o777, statSync(data).mode & 0o777]).toEqual([0o600, 0o700]);
    expect(readFileSync(join(`${data}.before-now`, "root.key"), "utf8")).toBe("another root key");
    expect(readdirSync(at("backups"))).toEqual(["old.tar.gz"]);
    expect(existsSync(at("hub.lock"))).toBe(false);
  });

  it("takes the secrets of the folder when the archive has none and they belong to it", async () => {
    folderOfAHub();
    await backup();
    expect(await restore()).toMatchObject({ keysFrom: "folder" });
    expect([readFileSync(at("admin.token"), "utf8"), readFileSync(at("tls/acme-ca.certificate.key"), "utf8")]).toEqual([
      "fogline_secret\n",
      "the key of the port",
    ]);
  });

  it("works on an empty machine with the passphrase, and without it says what is missing", async () => {
    folderOfAHub();
    await backup({ passphrase });
    const elsewhere = join(root, "new", "data");
    expect(await refusalOf(restore({ dataFolder: elsewhere }))).toEqual({
      code: "FL4062",
      findings: [`FL4062 the backup's databases open only with the root key of its hub, and ${elsewhere} has no root.key`],
    });
    expect(await refusalOf(restore({ dataFolder: elsewhere, passphrase: "not the passphrase" }))).toEqual({
      code: "FL4062",
      findings: ["FL4062 the passphrase does not open the keys of the backup"],
    });
    expect(readdirSync(join(root, "new"))).toEqual([]);
    expect(await restore({ dataFolder: elsewhere, passphrase })).toMatchObject({ before: undefined, keysFrom: "archive" });
    expect(readFileSync(join(elsewhere, "root.key"), "utf8")).toBe("the root key\n");
  });

  it.skipIf(process.getuid?.() !== 0)("that root makes leaves everything to the hub's user, as does its backup", async () => {
    const nobody = 65_534;
    folderOfAHub();
    rmSync(at("backups"), { recursive: true });
    const give = (path: string) => chownSync(path, nobody, nobody);
    give(data);
    for (const name of readdirSync(data, { recursive: true, encoding: "utf8" })) give(at(name));
    const { path } = await backup({ to: at("backups", "fog.tar.gz"), passphrase });
    await restore({ archive: path, passphrase });
    const all = readdirSync(data, { recursive: true, encoding: "utf8" });
    expect(all).toEqual(expect.arrayContaining(["root.key", "agent/identity.json", "scheduler.sqlite", "backups/fog.tar.gz"]));
    expect(all.filter((name) => statSync(at(name)).uid !== nobody)).toEqual([]);
    expect(
      readdirSync(`${data}.before-now`).filter((name) => name.endsWith("-shm") && statSync(join(`${data}.before-now`, name)).uid !== nobody),
    ).toEqual([]);
  });

  it("is refused while a hub runs, for what a newer version wrote, and says both at once", async () => {
    folderOfAHub();
    database("orchestrator.sqlite", ["orchestrator-001-nodes", "orchestrator-900-from-the-future"]).close();
    await backup();
    const before = stateOf(data);
    expect(await refusalOf(restore())).toEqual({
      code: "FL4020",
      findings: ["FL4020 orchestrator.sqlite was written by a newer version, 0.1.0: it has orchestrator-900-from-the-future"],
    });
    const hub = openDataFolder(data);
    expect(await refusalOf(restore())).toEqual({
      code: "FL4019",
      findings: [
        expect.stringMatching(/^FL4019 another hub \(process \d+\) runs on this data folder/),
        expect.stringMatching(/^FL4020 orchestrator/),
      ],
    });
    hub.release();
    expect(stateOf(data)).toEqual(before);
  });

  it("is refused, with everything that is wrong, when the archive is not what was written, and changes nothing", async () => {
    folderOfAHub();
    const { path } = await backup();
    const before = stateOf(data);
    const archive = join(root, "damaged.tar.gz");
    const damaged = async (bytes: Buffer) => {
      writeFileSync(archive, bytes);
      return (await refusalOf(restore({ archive }))).findings;
    };
    const whole = readFileSync(path);
    expect(await damaged(Buffer.from("no archive at all"))).toEqual([expect.stringContaining("is damaged or no backup")]);
    for (const end of [0, 5, 64, whole.length / 4, whole.length / 2, whole.length - 9, whole.length - 1])
      expect(await damaged(whole.subarray(0, end))).toEqual([expect.stringContaining("is damaged or no backup")]);
    expect(await damaged(gzipSync(Buffer.alloc(1_024)))).toEqual([expect.stringContaining("has no manifest.json")]);
    const tar = gunzipSync(whole);
    const swapped = Buffer.from(tar.toString("latin1").replaceAll("as it was", "as it is!"), "latin1");
    expect(await damaged(gzipSync(swapped))).toEqual([
      expect.stringContaining("data/gateway.sqlite is not what was backed up"),
      expect.stringContaining("data/scheduler.sqlite is not what was backed up"),
    ]);
    const renamed = Buffer.from(tar.toString("latin1").replace('"path": "last-good.json"', '"path": "lost-good.json"'), "latin1");
    expect(await damaged(gzipSync(renamed))).toEqual(["FL4062 data/lost-good.json is missing", "FL4062 data/last-good.json is not in the manifest"]);
    const newer = Buffer.from(tar.toString("latin1").replace('"format": 1', '"format": 2'), "latin1");
    expect(await damaged(gzipSync(newer))).toEqual([expect.stringMatching(/^FL4020 .* in format 2, known here is 1/)]);
    expect(stateOf(data)).toEqual(before);
    expect(readdirSync(root).sort()).toEqual(["damaged.tar.gz", "data", "fog.tar.gz"]);
  });
});
