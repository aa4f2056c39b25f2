import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { selfSigned } from "@fogline/certificates";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/root.ts";
import { freePort } from "./testing/agent.ts";
import { eventually } from "./testing/eventually.ts";
import { type HubProcess, removeDataFolder, startHubProcess } from "./testing/hub.ts";
import { makeRepository, type Repository } from "./testing/repository.ts";

const dayMs = 86_400_000;
const nginx = process.env.FOGLINE_NGINX ?? "/usr/sbin/nginx";
const caddy = process.env.FOGLINE_CADDY ?? "/usr/bin/caddy";
const noteOf = (name: string, path: string): string => (existsSync(path) ? "" : ` (skipped: no ${name}; apt-get install ${name})`);

/** An example of docs/production.md, by the language of its fence. */
const example = (language: string): string => {
  const [, text] = new RegExp(`\n\`\`\`${language} proxy\n(.*?)\n\`\`\``, "s").exec(readFileSync(join(root, "docs/production.md"), "utf8")) ?? [];
  if (text === undefined) throw new Error(`docs/production.md has no example for ${language}`);
  return text;
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fogline-proxy-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(!existsSync(nginx))(`a hub behind nginx as docs/production.md has it${noteOf("nginx-light", nginx)}`, () => {
  let repository: Repository;
  let hub: HubProcess;
  let port: number;
  let ca: string;
  let end: () => Promise<void>;

  beforeAll(async () => {
    repository = makeRepository();
    const args = ["--no-simulate", "--no-agent", "--behind-proxy", "--public-url", "https://fog.example.org"];
    hub = await startHubProcess({ repository: repository.path, args });
    port = await freePort();
    const certificate = await selfSigned("fog.example.org", Date.now() - dayMs, 2 * dayMs);
    ca = certificate.chain;
    writeFileSync(join(folder, "fog.pem"), certificate.chain);
    writeFileSync(join(folder, "fog.key"), certificate.key);
    const server = example("nginx")
      .replace("listen 443 ssl", `listen 127.0.0.1:${port} ssl`)
      .replace("/etc/ssl/fog.pem", join(folder, "fog.pem"))
      .replace("/etc/ssl/private/fog.key", join(folder, "fog.key"))
      .replace("http://127.0.0.1:3000", hub.url);
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${join(folder, name)};`).join(" ");
    mkdirSync(join(folder, "logs"));
    const main = `daemon off; master_process off; pid ${join(folder, "pid")}; error_log stderr; events {} http { access_log off; ${temporary}\n${server}\n}`;
    writeFileSync(join(folder, "nginx.conf"), main);
    const child = spawn(nginx, ["-p", folder, "-c", join(folder, "nginx.conf")], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    end = async () => {
      child.kill();
      await ended;
    };
    await eventually("nginx listens", () => {
      if (child.exitCode !== null) throw new Error(`nginx ended: ${said}`);
      return new Promise<boolean>((resolve) => {
        const socket = connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
        socket.once("connect", () => socket.destroy());
      });
    });
  });
  afterAll(async () => {
    await end();
    await hub.end();
    removeDataFolder(hub.dataFolder);
    repository.remove();
  });

  const ask = (path: string, headers: Record<string, string> = {}): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const options = { host: "127.0.0.1", port, path, ca, servername: "fog.example.org", headers: { host: "fog.example.org", ...headers } };
      request({ ...options, agent: false }, resolve)
        .on("error", reject)
        .end();
    });
  const signedIn = () => ({ authorization: `Bearer ${hub.token}` });

  it("answers through it, and tells browsers to come by TLS only", async () => {
    const response = await ask("/api/nodes", signedIn());
    response.resume();
    expect([response.statusCode, response.headers["strict-transport-security"]]).toEqual([200, "max-age=31536000"]);
  });

  it("streams events through it at once, unbuffered", async () => {
    const response = await ask("/api/changes", signedIn());
    expect(response.headers["content-type"]).toContain("text/event-stream");
    const first = await new Promise<string>((resolve) => response.once("data", (chunk: Buffer) => resolve(chunk.toString())));
    expect(first).not.toBe("");
    response.destroy();
  });
});

describe.skipIf(!existsSync(caddy))(`Caddy's part of docs/production.md${noteOf("caddy", caddy)}`, () => {
  it("is without a fault to Caddy itself", () => {
    writeFileSync(join(folder, "Caddyfile"), `${example("caddy")}\n`);
    const { status, stderr } = spawnSync(caddy, ["adapt", "--validate", "--config", join(folder, "Caddyfile")], {
      encoding: "utf8",
      env: { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    });
    expect([status, status === 0 ? "" : stderr]).toEqual([0, ""]);
  });
});
