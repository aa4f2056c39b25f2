import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hubAddress } from "./hub-address.ts";
import { type Login, openLogins } from "./logins.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "fogline-home-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const login = (url: string): Login => ({ url, name: "ada", accessToken: "access", accessExpiresAtMs: 9_999_999_999_999, refreshToken: "refresh" });
const hub = "https://hub.example.org";

describe("a login", () => {
  it("is kept for one hub, whatever the path of its address, in a file for this user alone", () => {
    const logins = openLogins({ HOME: home });
    logins.write(login(hub));
    expect(logins.read(`${hub}/`)).toEqual(login(hub));
    expect(logins.read("https://hub.example.org:8443")).toBeUndefined();
    expect(logins.read("http://hub.example.org")).toBeUndefined();
    const folder = join(home, ".config/fogline/logins");
    expect([folder, join(folder, "https_hub.example.org.json")].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o600]);
    logins.remove(hub);
    logins.remove(hub);
    expect(logins.read(hub)).toBeUndefined();
  });

  it("is below XDG_CONFIG_HOME where that is set", () => {
    openLogins({ HOME: home, XDG_CONFIG_HOME: join(home, "elsewhere") }).write(login(hub));
    expect(existsSync(join(home, "elsewhere/fogline/logins/https_hub.example.org.json"))).toBe(true);
  });

  it("that is damaged, or lies under the name of another hub, is none", () => {
    const logins = openLogins({ HOME: home });
    const path = join(home, ".config/fogline/logins/https_hub.example.org.json");
    logins.write(login(hub));
    for (const text of ["{", "{}", JSON.stringify(login("https://hub_example.org"))]) {
      writeFileSync(path, text);
      expect(logins.read(hub)).toBeUndefined();
    }
  });
});

describe("the token of a command", () => {
  const address = (url: string | undefined, environment: Record<string, string> = {}) => {
    const data = join(home, "data");
    return hubAddress(url === undefined ? {} : { url }, environment, data, openLogins({ HOME: home }));
  };
  beforeEach(() => {
    mkdirSync(join(home, "data"));
    writeFileSync(join(home, "data/admin.token"), "of-the-host\n");
    writeFileSync(join(home, "data/hub.url"), "http://10.0.0.7:3000\n");
  });

  it("is FOGLINE_TOKEN, else that of the login, else the host's own", async () => {
    openLogins({ HOME: home }).write(login(hub));
    expect(address(hub, { FOGLINE_TOKEN: "given" })).toEqual({ url: hub, token: "given" });
    const { token } = address(`${hub}/`);
    expect(typeof token === "function" && (await token())).toBe("access");
    expect(address(undefined)).toEqual({ url: "http://10.0.0.7:3000", token: "of-the-host" });
    writeFileSync(join(home, "data/hub.url"), "http://127.0.0.1:4000\n");
    for (const url of ["http://127.0.0.1:4000", "http://localhost:4000", "http://[::1]:4000/"]) expect(address(url).token).toBe("of-the-host");
  });

  it("of the host goes to no other hub, and through no tunnel", () => {
    writeFileSync(join(home, "data/hub.url"), "http://127.0.0.1:4000\n");
    for (const url of [
      hub,
      "http://127.0.0.1:4001",
      "https://127.0.0.1:4000",
      "http://127.0.0.1.example.org:4000",
      "http://127.0.0.1:4000@example.org",
    ])
      expect(() => address(url)).toThrow(expect.objectContaining({ code: "FL4002", remedy: expect.stringContaining("fogline login --url") }));
  });
});
