import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "fogline-canary-"));
afterAll(() => rmSync(folder, { recursive: true }));

const secret = `${randomBytes(18).toString("base64")}+/=`;
const bytes = Buffer.from(secret);
const forms = [secret, bytes.toString("base64"), bytes.toString("base64url"), bytes.toString("hex"), encodeURIComponent(secret)];

/** A fleet whose author wrote what is in the Secrets where their names belong, and a login into its URLs. */
const fleet = `fleet: acme
repository: "https://robot:${secret}@git.acme.example/fleet.git"
rings: { first: { workload: { secrets: ["${secret}"] } } }
sites: { home: { region: eu } }
clusters: { main: { site: home, tier: cloud, ring: first, local: true } }
registries:
  registry.acme.example: { credentials: { password: "${secret}" }, mirrors: ["https://${secret}@mirror.acme.example"] }
workloads:
  app:
    on: main
    image: registry.acme.example/app:1.0.0
    secrets: "${secret}"
    volumes: { login: { path: /login, secret: "${secret}" } }
`;
mkdirSync(join(folder, "clusters"));
writeFileSync(join(folder, "clusters/fleet.yaml"), fleet);

describe("a secret in the fleet file", () => {
  it.each(["check", "check --json", "render", "render --check --json", "why main app spec.replicas"])(
    "appears in no form in what fogline %s writes",
    (line) => {
      const { stdout, stderr, status } = spawnSync(process.execPath, [main, ...line.split(" ")], { cwd: folder, encoding: "utf8" });
      expect(status).toBe(1);
      expect(stdout + stderr).toContain("FL1024");
      for (const form of forms) expect(stdout + stderr).not.toContain(form);
      expect(readdirSync(folder)).toEqual(["clusters"]);
      expect(readFileSync(join(folder, "clusters/fleet.yaml"), "utf8")).toBe(fleet);
      expect(readdirSync(join(folder, "clusters"))).toEqual(["fleet.yaml"]);
    },
  );
});
