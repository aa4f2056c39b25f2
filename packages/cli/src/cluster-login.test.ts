import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { registryLogins } from "./cluster-login.ts";

let dataFolder: string;
beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), "fogline-login-"));
  mkdirSync(join(dataFolder, "keys"));
});
afterEach(() => rmSync(dataFolder, { recursive: true, force: true }));

const keep = (text: string, mode = 0o600) => writeFileSync(join(dataFolder, "keys/edge.login"), text, { mode });
const logins = () => registryLogins({ dataFolder }, "edge");
const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("the logins of registries for the nodes of a cluster", () => {
  it("are those that docker keeps, by the host that containerd calls", async () => {
    keep(
      JSON.stringify({
        auths: {
          "registry.acme.example:5000": { auth: base64("puller:pass:word") },
          "https://index.docker.io/v1/": { username: "acme", password: "secret" },
        },
      }),
    );
    expect(await logins()).toEqual({
      "registry.acme.example:5000": { username: "puller", password: "pass:word" },
      "registry-1.docker.io": { username: "acme", password: "secret" },
    });
  });

  it("are none where there is no file, or that of a git server", async () => {
    expect(await logins()).toBeUndefined();
    keep('{"username":"git","password":"canary"}');
    expect(await logins()).toBeUndefined();
  });

  it.each([
    ["FL3205", "mode 644", '{"auths":{}}', 0o644],
    ["FL3304", "is no JSON", '{"auths":{"a":{"password":"canary"', 0o600],
    ["FL3304", "is neither", '{"auths":["canary"]}', 0o600],
    ["FL3304", "no name and password for registry.acme.example", '{"auths":{"registry.acme.example":{}},"credsStore":"canary"}', 0o600],
  ])("are refused with %s for a file that %s, and nothing of it is said", async (code, what, text, mode) => {
    keep(text, mode);
    const thrown = await logins().catch((error: unknown) => error as Error & { code: string });
    expect(thrown).toMatchObject({ code, message: expect.stringContaining(what) });
    expect(JSON.stringify([thrown, (thrown as Error).message, String((thrown as Error).cause)])).not.toContain("canary");
  });
});
