import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { service } from "../testing/hub-service.ts";
import type { HubService } from "./service.ts";
import { hubUnit, pullTimer, pullUnit } from "./units.ts";

/** The lines of a unit by section and name; a name that comes twice has both values. */
const parsed = (text: string): Record<string, string[]> => {
  const found: Record<string, string[]> = {};
  let section = "";
  for (const line of text.split("\n")) {
    const [, name] = /^\[(\w+)\]$/.exec(line) ?? [];
    if (name !== undefined) section = name;
    const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined) continue;
    const values = found[`${section}.${key}`] ?? [];
    found[`${section}.${key}`] = [...values, value];
  }
  return found;
};

describe("the unit of the hub", () => {
  it("starts the hub with its repository and data, as its own user, and again when it fails", () => {
    const unit = parsed(hubUnit(service()));
    expect(unit["Service.ExecStart"]).toEqual([
      `/usr/bin/node --max-semi-space-size=16 /usr/lib/node_modules/fogline/bin/fogline.js up --no-simulate --no-agent --log --repo /srv/acme --data /var/lib/fogline/data`,
    ]);
    expect([unit["Service.User"], unit["Service.Group"], unit["Service.Restart"], unit["Service.EnvironmentFile"], unit["Install.WantedBy"]]).toEqual(
      [["fogline"], ["fogline"], ["on-failure"], ["/etc/fogline/hub.env"], ["multi-user.target"]],
    );
  });

  it("writes to its own folder and nowhere else, and gains nothing", () => {
    const unit = parsed(hubUnit(service()));
    for (const [name, value] of Object.entries({
      ProtectSystem: "strict",
      ProtectHome: "yes",
      StateDirectory: "fogline",
      StateDirectoryMode: "0700",
      NoNewPrivileges: "yes",
      PrivateDevices: "yes",
      RestrictNamespaces: "yes",
      SystemCallFilter: "@system-service",
      UMask: "0077",
      MemoryMax: "536870912",
      LimitNOFILE: "65536",
    })) {
      expect([name, unit[`Service.${name}`]]).toEqual([name, [value]]);
    }
    expect(unit["Service.ReadWritePaths"]).toBeUndefined();
    expect(parsed(hubUnit(service({ home: "/srv/fogline" })))["Service.ReadWritePaths"]).toEqual(["/srv/fogline"]);
  });

  it("may open low ports only where it has one", () => {
    const capabilities = (given: Partial<HubService>) => {
      const unit = parsed(hubUnit(service(given)));
      return [unit["Service.CapabilityBoundingSet"], unit["Service.AmbientCapabilities"]];
    };
    const low = [["CAP_NET_BIND_SERVICE"], ["CAP_NET_BIND_SERVICE"]];
    expect(capabilities({})).toEqual([[""], undefined]);
    expect(capabilities({ port: 443 })).toEqual(low);
    expect(capabilities({ exposure: { acme: "letsencrypt" } })).toEqual(low);
    expect(capabilities({ port: 8_443, exposure: { acme: "letsencrypt", httpPort: 8_080 } })).toEqual([[""], undefined]);
  });

  it("keeps what a path has of spaces, dollars and percents", () => {
    const unit = parsed(hubUnit(service({ repository: { kind: "folder", path: "/srv/50% of $HOME" } })));
    expect(unit["Service.ExecStart"]?.[0]).toContain('--repo "/srv/50%% of $$HOME"');
  });
});

const analyze = "/usr/bin/systemd-analyze";
const hasAnalyze = existsSync(analyze);

describe.skipIf(!hasAnalyze)(`the units, to systemd itself${hasAnalyze ? "" : " (skipped: no systemd-analyze)"}`, () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "fogline-units-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("are without a fault or a setting that it does not know", () => {
    const cloned = service({
      program: [process.execPath, "/usr/lib/fogline.js"],
      port: 443,
      repository: { kind: "url", url: "https://git.example.org/fleet.git" },
    });
    const units = { "fogline.service": hubUnit(cloned), "fogline-repository.service": pullUnit(cloned), "fogline-repository.timer": pullTimer() };
    for (const [name, text] of Object.entries(units)) writeFileSync(join(folder, name), text);
    const { status, stdout, stderr } = spawnSync(analyze, ["verify", "--man=no", ...Object.keys(units).map((name) => join(folder, name))], {
      encoding: "utf8",
    });
    const ours = `${stdout}${stderr}`.split("\n").filter((line) => line.includes("fogline"));
    expect([status, ours]).toEqual([0, []]);
  });

  it("leave the hub as little of the machine as systemd calls safe", () => {
    writeFileSync(join(folder, "fogline.service"), hubUnit(service({ port: 443 })));
    const { stdout } = spawnSync(analyze, ["security", "--offline=true", "--no-pager", join(folder, "fogline.service")], {
      encoding: "utf8",
    });
    const [, exposure] = /Overall exposure level for fogline\.service: ([\d.]+)/.exec(stdout) ?? [];
    expect(Number(exposure)).toBeLessThanOrEqual(2.5);
  });
});
