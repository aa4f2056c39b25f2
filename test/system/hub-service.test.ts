import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { selfSigned } from "@fogline/certificates";
import { createTask, getTask, listCertificates, listNodes } from "@fogline/contracts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { fogline } from "./testing/cli.ts";
import { type HubProcess, makeDataFolder, removeDataFolder, startHubProcess } from "./testing/hub.ts";
import { makeRepository, type Repository } from "./testing/repository.ts";

const passphrase = "correct horse battery";
const dayMs = 86_400_000;
let repository: Repository;
let folder: string;
let dataFolder: string;
const hubs: HubProcess[] = [];
beforeAll(() => {
  repository = makeRepository();
  folder = mkdtempSync(join(tmpdir(), "fogline-service-"));
  dataFolder = makeDataFolder();
});
afterAll(() => {
  repository.remove();
  rmSync(folder, { recursive: true, force: true });
  removeDataFolder(dataFolder);
});
afterEach(async () => {
  for (const hub of hubs.splice(0)) if (hub.child.exitCode === null) await hub.end();
});

const start = async (environment: Record<string, string> = {}): Promise<HubProcess> => {
  const hub = await startHubProcess({ repository: repository.path, dataFolder, args: ["--no-simulate", "--no-agent"], environment });
  hubs.push(hub);
  return hub;
};
const hubCommand = (...args: string[]) => fogline(["hub", ...args, "--data", dataFolder], { FOGLINE_BACKUP_PASSPHRASE: passphrase }, folder);

describe("fogline hub install", () => {
  it("shows its plan and every file with --dry-run, and changes nothing", () => {
    const said = hubCommand("install", repository.path, "--dry-run", "--public-url", "https://fog.example.org", "--acme", "letsencrypt");
    expect([said.status, said.stderr]).toEqual([0, ""]);
    for (const text of [
      "make the system user fogline",
      "FOGLINE_ACME=letsencrypt",
      "ProtectSystem=strict",
      "run systemctl restart fogline.service",
    ]) {
      expect(said.stdout).toContain(text);
    }
    expect(existsSync("/etc/systemd/system/fogline.service")).toBe(false);
  });

  it("writes settings with which the hub serves people by TLS, and tells what it replaces the next time", async () => {
    const [certificate, key, root] = [join(folder, "fog.pem"), join(folder, "fog.key"), join(folder, "root")];
    const made = await selfSigned("fog.example.org", Date.now() - dayMs, 2 * dayMs);
    writeFileSync(certificate, made.chain);
    writeFileSync(key, made.key);
    const files = ["--tls-certificate", certificate, "--tls-key", key, "--public-url", "https://fog.example.org"];
    const install = (...more: string[]) => hubCommand("install", repository.path, "--root", root, "--yes", ...files, ...more);
    expect(install().status).toBe(0);
    const settings = join(root, "etc/fogline/hub.env");
    expect(statSync(settings).mode & 0o777).toBe(0o600);
    const hub = await start({ ...(parseEnv(readFileSync(settings, "utf8")) as Record<string, string>), FOGLINE_BIND: "127.0.0.1" });
    expect(hub.url).toBe("https://fog.example.org");
    const again = install("--port", "8443");
    expect(again.stdout).toContain(`replace /etc/fogline/hub.env (600), the one there becomes /etc/fogline/hub.env.before`);
    expect(readFileSync(`${settings}.before`, "utf8")).toContain("FOGLINE_PORT=443");
    expect(readFileSync(settings, "utf8")).toContain("FOGLINE_PORT=8443");
  });

  it("does nothing when nobody has said yes, and says everything that is in the way", () => {
    const unasked = hubCommand("install", repository.path, "--root", join(folder, "other"));
    expect([unasked.status, unasked.stderr]).toEqual([3, expect.stringContaining("FL4064  nothing was done")]);
    expect(existsSync(join(folder, "other"))).toBe(false);
    const wrong = hubCommand("install", folder, "--dry-run", "--json", "--compose", "--image", "registry.example.org/hub:1").json();
    expect(wrong).toMatchObject({
      error: {
        code: "FL4064",
        findings: [
          { message: `${folder} has no clusters/fleet.yaml, so there is nothing to run` },
          { message: expect.stringMatching(/neither a certificate nor a proxy/) },
        ],
      },
    });
  });
});

describe("a hub's backup", () => {
  const newTask = { command: ["sleep", "600"], attemptsMax: 1, env: {} };

  it("brings back tasks, devices and keys as they were, made while the hub ran", async () => {
    const hub = await start();
    const nodes = (await hub.client.call(listNodes, {})).nodes.map(({ id }) => id);
    const before = await hub.client.call(createTask, newTask);
    const archive = join(folder, "fog.tar.gz");
    const backup = hubCommand("backup", "--to", archive, "--with-keys", "--json");
    expect([backup.status, backup.json()]).toEqual([
      0,
      expect.objectContaining({ path: archive, manifest: expect.objectContaining({ version: "0.1.0" }) }),
    ]);
    const after = await hub.client.call(createTask, newTask);
    const running = hubCommand("restore", archive);
    expect([running.status, running.stderr]).toEqual([1, expect.stringMatching(/^FL4019 .*was not restored, and nothing was changed/)]);
    await hub.end();
    writeFileSync(join(dataFolder, "root.key"), "of another hub\n", { mode: 0o600 });

    const restored = hubCommand("restore", archive, "--json");
    expect([restored.status, restored.json()]).toEqual([
      0,
      expect.objectContaining({ keysFrom: "archive", before: expect.stringContaining(`${dataFolder}.before-`) }),
    ]);
    const again = await start();
    expect(again.token).toBe(hub.token);
    expect((await again.client.call(listNodes, {})).nodes.map(({ id }) => id)).toEqual(nodes);
    expect((await again.client.call(getTask, { id: before.id })).id).toBe(before.id);
    await expect(again.client.call(getTask, { id: after.id })).rejects.toMatchObject({ code: "FL4004" });
    rmSync((restored.json() as { before: string }).before, { recursive: true });
  });

  it("brings devices back under the certificates that they have, on a machine that knows nothing of them", async () => {
    const [from, archive] = [makeDataFolder(), join(folder, "devices.tar.gz")];
    const whole = async (data: string): Promise<HubProcess> => {
      const hub = await startHubProcess({ repository: repository.path, dataFolder: data });
      hubs.push(hub);
      return hub;
    };
    const certificates = (hub: HubProcess) =>
      Promise.all(
        ["jetson-1", "pi-1", "this-machine"].map(async (id) =>
          (await hub.client.call(listCertificates, { id })).certificates.map(({ serial }) => serial),
        ),
      );
    const hub = await whole(from);
    expect(hub.ready.devices).toEqual({ online: 9, declared: 9 });
    const issued = await certificates(hub);
    expect(issued.every(({ length }) => length === 1)).toBe(true);
    const environment = { FOGLINE_BACKUP_PASSPHRASE: passphrase };
    expect(fogline(["hub", "backup", "--with-keys", "--to", archive, "--data", from], environment).status).toBe(0);
    await hub.end();
    removeDataFolder(from);
    const to = join(folder, "another-machine");
    expect(fogline(["hub", "restore", archive, "--data", to], environment).status).toBe(0);
    const again = await whole(to);
    expect(again.ready.devices).toEqual({ online: 9, declared: 9 });
    expect(await certificates(again)).toEqual(issued);
  });

  it("is not made with keys in the clear, and says how PostgreSQL is backed up", () => {
    const clear = fogline(["hub", "backup", "--with-keys", "--data", dataFolder]);
    expect([clear.status, clear.stderr]).toEqual([3, expect.stringMatching(/^FL4062 .*not written into a backup in the clear/)]);
    const archive = join(folder, "postgres.tar.gz");
    const said = hubCommand("backup", "--to", archive, "--database-url", "postgres://fog:hunter2@db.example.org/fog");
    expect(said.stdout).toContain(`pg_dump --format=custom --file='${join(folder, "postgres.pgdump")}' 'postgres://fog@db.example.org/fog'`);
    expect(said.stdout).not.toContain("hunter2");
  });
});

describe("fogline hub upgrade", () => {
  it("makes a backup while the hub runs, says that its agents fit, and how to go on and back", async () => {
    await start();
    const said = hubCommand("upgrade");
    expect([said.status, said.stderr]).toEqual([0, ""]);
    const [archive = ""] = readdirSync(join(dataFolder, "backups"));
    expect(archive).toMatch(/^fogline-\d{8}T\d{6}Z\.tar\.gz$/);
    for (const text of [
      archive,
      "no migration is due",
      "0.1.0 takes every agent of the fleet",
      "systemctl daemon-reload",
      `fogline hub restore ${dataFolder}/backups/`,
    ]) {
      expect(said.stdout).toContain(text);
    }
  });
});
