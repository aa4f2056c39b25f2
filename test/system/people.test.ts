import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Session } from "@fogline/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/root.ts";
import { type HubProcess, removeDataFolder, startHubProcess } from "./testing/hub.ts";
import { makeRepository, type Repository } from "./testing/repository.ts";

const main = join(root, "packages/cli/src/main.ts");

let repository: Repository;
let hub: HubProcess;
let home: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "fogline-home-"));
  repository = makeRepository();
  hub = await startHubProcess({ repository: repository.path, args: ["--no-simulate", "--no-agent"] });
}, 90_000);
afterAll(async () => {
  await hub?.end();
  removeDataFolder(hub?.dataFolder);
  repository?.remove();
  rmSync(home, { recursive: true, force: true });
});

const command = (args: readonly string[], input: string, folder: string) => {
  const env = { PATH: process.env.PATH, HOME: folder };
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { env, input, encoding: "utf8" });
  return { status, stdout, stderr, json: <Value>() => JSON.parse(stdout) as Value };
};
/** The command on the hub's machine. */
const run = (args: readonly string[], input = "") => command(["--data", hub.dataFolder, ...args], input, join(home, "at-the-hub"));
/** The command on a machine that has no hub, of somebody with a home folder of their own. */
const elsewhere = (args: readonly string[], input = "") => command(["--data", join(home, "no-hub-here"), "--url", hub.url, ...args], input, home);

const signIn = (body: object) =>
  fetch(`${hub.url}/api/auth/signin`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
const codeIn = (link: string) => new URLSearchParams(new URL(link).hash.slice(1)).get("code") ?? "";

describe("a hub's first admin", () => {
  it("is let in by the link that the hub prints, once", async () => {
    const { link } = hub.ready as unknown as { link: string };
    expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#code=[\w-]{43}$/);
    const first = await signIn({ code: codeIn(link) });
    expect([first.status, ((await first.json()) as Session).role]).toEqual([200, "admin"]);
    expect((await signIn({ code: codeIn(link) })).status).toBe(401);
  });

  it("gets another link on the hub's machine, where the token lies that only its user can read", async () => {
    expect(statSync(join(hub.dataFolder, "admin.token")).mode & 0o777).toBe(0o600);
    expect(statSync(join(hub.dataFolder, "root.key")).mode & 0o777).toBe(0o600);
    const { status, json } = run(["link", "--json"]);
    expect(status).toBe(0);
    const { link, user } = json<{ link: string; user: string }>();
    expect([user, (await signIn({ code: codeIn(link) })).status]).toEqual(["admin", 200]);
  });
});

describe("another person", () => {
  it("is let in, sets a password, signs in elsewhere and is kept out again", () => {
    const added = run(["user", "add", "uwe", "--json"]).json<{ link: string; user: { role: string } }>();
    expect(added.user.role).toBe("user");
    expect(run(["user", "password", "uwe"], "short\n")).toMatchObject({ status: 1, stderr: expect.stringContaining("FL4001") });
    expect(run(["user", "password", "uwe"], "a long enough password\n").status).toBe(0);

    expect(elsewhere(["device", "list"])).toMatchObject({ status: 3, stderr: expect.stringContaining("fogline login --url") });
    expect(elsewhere(["login", "--user", "uwe"], "not the password\n")).toMatchObject({ status: 3, stderr: expect.stringContaining("FL4002") });
    expect(elsewhere(["login", "--user", "uwe"], "a long enough password\n").stdout).toContain("as uwe (user)");
    expect(elsewhere(["device", "list"]).status).toBe(0);
    expect(elsewhere(["user", "list"])).toMatchObject({ status: 3, stderr: expect.stringContaining("FL4003") });
    const sessions = elsewhere(["session", "list", "--json"]).json<{ sessions: { user: string; current: boolean }[] }>().sessions;
    expect(sessions.map(({ user, current }) => [user, current])).toEqual([["uwe", true]]);

    expect(run(["user", "disable", "uwe"]).stdout).toContain("kept out");
    expect(elsewhere(["device", "list"])).toMatchObject({ status: 3, stderr: expect.stringContaining("FL4002") });
    expect(elsewhere(["logout"]).status).toBe(0);
  });

  it("keeps the session in a file of their own, and it renews itself", () => {
    run(["user", "add", "ida", "--role", "admin"]);
    const { link } = run(["link", "--user", "ida", "--json"]).json<{ link: string }>();
    const login = elsewhere(["login", link]);
    expect(login.stdout).toContain(`signed in at ${hub.url} as ida (admin)`);
    const folder = join(home, ".config/fogline/logins");
    const files = readdirSync(folder);
    const path = join(folder, files[0] ?? "");
    expect([files.length, statSync(path).mode & 0o777, statSync(folder).mode & 0o777]).toEqual([1, 0o600, 0o700]);
    const before = readFileSync(path, "utf8");
    const ended = JSON.stringify({ ...(JSON.parse(before) as object), accessExpiresAtMs: 0 });
    spawnSync("tee", [path], { input: ended });
    expect(elsewhere(["user", "list"]).status).toBe(0);
    expect(readFileSync(path, "utf8")).not.toBe(before);
    expect(statSync(path).mode & 0o777).toBe(0o600);

    expect(elsewhere(["logout"]).stdout).toContain("signed out");
    expect(readdirSync(folder)).toEqual([]);
    expect(elsewhere(["logout"]).status).toBe(3);
  });

  it("is listed, renamed in role and removed, and the last admin stays", () => {
    run(["user", "add", "ada"]);
    expect(run(["user", "role", "ada", "admin"]).stdout).toContain("ada is admin");
    for (const name of ["ida", "admin"]) expect(run(["user", "remove", name]).status).toBe(0);
    expect(run(["user", "list"]).stdout).toMatch(/^2 users, 1 admins\n/);
    for (const change of [
      ["remove", "ada"],
      ["disable", "ada"],
      ["role", "ada", "user"],
    ])
      expect(run(["user", ...change])).toMatchObject({ status: 3, stderr: expect.stringContaining("last admin") });
  });
});

describe("a lost admin", () => {
  it("comes back by way of the hub's machine: the running hub takes a new token at once and refuses the old one", async () => {
    const before = readFileSync(join(hub.dataFolder, "admin.token"), "utf8").trim();
    const with_ = (token: string) => fetch(`${hub.url}/api/users`, { headers: { authorization: `Bearer ${token}` } });
    expect((await with_(before)).status).toBe(200);
    const { link } = run(["admin", "recover", "--json"]).json<{ link: string }>();
    const after = readFileSync(join(hub.dataFolder, "admin.token"), "utf8").trim();
    expect([(await with_(before)).status, (await with_(after)).status]).toEqual([401, 200]);
    const signedIn = (await (await signIn({ code: codeIn(link) })).json()) as Session;
    expect(signedIn).toMatchObject({ name: "admin", role: "admin" });
  });

  it("is told to start the hub when none runs", async () => {
    await hub.end();
    const { status, stdout } = run(["admin", "recover"]);
    expect([status, stdout]).toEqual([0, expect.stringContaining("the hub does not run; when it starts, it prints a link that signs in")]);
  });
});
