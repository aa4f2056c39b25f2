import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../system/testing/eventually.ts";
import { type Operator, startOperator } from "./testing/operator.ts";
import { startTargets, type Target, type Targets } from "./testing/targets.ts";

// `fogline bootstrap` as a person types it, over real SSH, without a hub.

const fleet = `
fleet: trial
domain: trial.example
rings: { all: {} }
sites: { bench: { region: eu-central } }
clusters:
  here: { site: bench, tier: cloud, ring: all, local: true }
  edge: { site: bench, tier: access-edge, ring: all }
devices:
  pc-1: { site: bench, hardware: laptop, address: 10.7.1.1 }
  pc-2: { site: bench, hardware: laptop, address: 10.7.1.2 }
  gone: { site: bench, hardware: laptop, address: 10.7.1.9 }
  node-1: { cluster: edge, role: server, hardware: detected, address: 10.7.1.8 }
  node-2: { cluster: edge, hardware: detected, address: 10.7.1.7 }
  phone: { site: bench, hardware: smartphone }
workloads: { agent: { on: [here], version: 0.1.0 } }
`;

let place: string;
let targets: Targets;
let [one, two] = [undefined as unknown as Target, undefined as unknown as Target];
let operator: Operator;

const knownHosts = (): string => join(operator.repository, "clusters/facts/known_hosts");
/** Runs it without the agent, which has a test of its own. */
const bootstrap = (...args: readonly string[]) => operator.fogline("bootstrap", "--without-agent", ...args);
/** What of a machine a set-up may change, as a digest. */
const digest = (target: Target): string =>
  target.ask(
    "find /etc /usr /var/lib /boot -xdev -type f -printf '%p %s %m %T@\\n' | grep -v -e /var/lib/systemd/ -e /etc/resolv.conf | sort | sha256sum",
  );
const refused = async (...args: readonly string[]) => {
  const before = [digest(one), digest(two)];
  const said = await bootstrap(...args);
  expect([digest(one), digest(two)]).toEqual(before);
  expect(said.code, said.stdout + said.stderr).not.toBe(0);
  return said.stdout + said.stderr;
};

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), "fogline-bootstrap-"));
  targets = await startTargets([
    { name: "pc-1", address: "10.7.1.1" },
    { name: "pc-2", address: "10.7.1.2" },
  ]);
  [one, two] = [targets.get("pc-1"), targets.get("pc-2")];
  operator = await startOperator(place, fleet, targets);
});
afterAll(async () => {
  operator?.stop();
  await targets?.stop();
  rmSync(place, { recursive: true, force: true });
});

describe("a bootstrap that is refused before anything has changed", () => {
  it("says every problem of the machines at once: nobody answers, no host key is written down", async () => {
    const said = await refused("all", "--yes");
    expect(said).toContain("FL4100  error  gone cannot be reached at 10.7.1.9:22");
    expect(said).toContain("FL4100  error  node-1 cannot be reached at 10.7.1.8:22");
    expect(said).toContain("nothing was changed. --keep-going sets up those without a problem");
    writeFileSync(knownHosts(), readFileSync(knownHosts(), "utf8").replace(/^pc-2 .*\n/m, ""));
    expect(await refused("pc-2", "--yes")).toContain("FL4102  error  no host key of pc-2 is written down");
  });

  it("names both fingerprints of a host key that changed", async () => {
    const fingerprint = (target: Target) => /SHA256:\S+/.exec(target.ask("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub"))?.[0] ?? "";
    writeFileSync(knownHosts(), `pc-1 ${one.hostKey}\npc-2 ${one.hostKey}\n`);
    const said = await refused("pc-2", "--yes");
    expect(said).toContain(`FL4101  error  pc-2 at 10.7.1.2:22 shows the host key ${fingerprint(two)}, and ${fingerprint(one)} is written down`);
    expect(await refused("pc-2", "--yes", "--accept-host-key", fingerprint(one))).toContain(`shows ${fingerprint(two)}, and not ${fingerprint(one)}`);
    expect(readFileSync(knownHosts(), "utf8")).toContain(`pc-2 ${one.hostKey}`);
    const accepted = await bootstrap("pc-2", "--check", "--accept-host-key", fingerprint(two));
    expect([accepted.code, accepted.stderr], accepted.stdout).toEqual([0, ""]);
    expect(
      readFileSync(knownHosts(), "utf8")
        .split("\n")
        .filter((line) => line !== "" && !line.startsWith("#")),
    ).toEqual([`pc-1 ${one.hostKey}`, `pc-2,10.7.1.2 ${two.hostKey}`]);
  });

  it("finds a machine of another fleet, half a file, and a clock that is years behind", async () => {
    two.ask("mkdir -p /etc/fogline && printf 'fleet: other\\ndevice: pc-2\\n' > /etc/fogline/identity.yaml");
    expect(await refused("pc-2", "--yes")).toContain("FL4106  error  the machine that answers as pc-2 is pc-2 of no cluster in fleet other");
    two.ask("printf 'flee' > /etc/fogline/identity.yaml && printf 'fle_eyJ1' > /etc/fogline/enrolment.token");
    const said = await refused("pc-2", "--yes");
    expect(said).toContain("FL4107  error  /etc/fogline/identity.yaml on pc-2 says nothing that can be read");
    expect(said).toContain("FL4107  error  /etc/fogline/enrolment.token on pc-2 is not a whole token");
    two.ask(
      "rm -r /etc/fogline && mkdir -p /usr/local/bin && printf '#!/bin/sh\\necho 1500000000\\n' > /usr/local/bin/date && chmod +x /usr/local/bin/date",
    );
    expect(await refused("pc-2", "--yes")).toMatch(/FL4105 {2}error {2}the clock of pc-2 is \d+d behind/);
    two.ask("rm /usr/local/bin/date");
  });

  it("waits for a machine that is still booting", async () => {
    two.ask(
      `printf '"System is booting up. Unprivileged users are not permitted to log in yet."\\n' > /run/nologin; systemd-run --on-active=12 rm /run/nologin`,
    );
    const asked = await bootstrap("pc-2");
    expect([asked.code, asked.stderr], asked.stdout).toEqual([2, expect.stringContaining("--yes")]);
  });

  it("finds a user who may not become root or not sign in", async () => {
    two.ask("mv /etc/sudoers.d/fogline /root/sudoers");
    expect(await refused("pc-2", "--yes")).toContain("FL4104  error  fogline cannot become root on pc-2 without a password");
    two.ask("mv /root/sudoers /etc/sudoers.d/fogline && mv /home/fogline/.ssh/authorized_keys /root/keys");
    expect(await refused("pc-2", "--yes")).toContain("FL4103  error  pc-2 at 10.7.1.2:22 does not let fogline sign in");
    two.ask("mv /root/keys /home/fogline/.ssh/authorized_keys");
  });

  it("does not take logins of registries that others may read, and says nothing of what is in them", async () => {
    const keys = join(operator.repository, ".fogline/keys");
    mkdirSync(keys, { recursive: true });
    const file = join(keys, "edge.login");
    writeFileSync(file, '{"auths":{"registry.trial.example":{"auth":"Y2FuYXJ5OmNhbmFyeQ=="}}}', { mode: 0o644 });
    const open = await refused("cluster:edge", "--yes");
    expect(open).toMatch(/FL3205 {2}.*edge\.login has mode 644/);
    writeFileSync(file, '{"auths":{"registry.trial.example":{}},"credsStore":"canary"}');
    chmodSync(file, 0o600);
    const nobody = await refused("cluster:edge", "--yes");
    expect(nobody).toContain("has no name and password for registry.trial.example");
    expect(open + nobody).not.toMatch(/canary|Y2Fu/);
    rmSync(file);
  });

  it("needs a hub where a token is needed", async () => {
    const said = await operator.fogline("bootstrap", "pc-1", "--yes");
    expect([said.code, said.stdout]).toEqual([1, expect.stringContaining("FL4108  error  pc-1 has no identity yet, and the hub gives no token")]);
  });

  it("is asked for by words that stand for nothing, files that nobody rendered, or nobody who could be asked", async () => {
    const said = await refused("pc-3", "cluster:egde", "phone");
    for (const code of ["FL4090", "FL4091"]) expect(said).toContain(code);
    expect(said).toContain("fix: Write pc-1.");
    const beside = await refused("pc-1", "--yes", "--adopt", "pc-2", "--data-disk", "pc-3=/dev/sda");
    expect(beside).toContain("--data-disk names pc-3, which is not among the devices that were chosen");
    expect(beside).toContain("--adopt names pc-2, which is not among the devices that were chosen");
    const file = join(operator.repository, "bootstrap/generated/pc-1/install.yaml");
    const whole = readFileSync(file, "utf8");
    writeFileSync(file, `${whole}# edited\n`);
    expect(await refused("pc-1", "--yes")).toContain("FL4092");
    writeFileSync(file, whole);
    const asked = await bootstrap("pc-1");
    expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining("--yes")]);
  });

  it("finds a state that is not whole", async () => {
    const state = join(operator.repository, ".fogline/bootstrap/state.json");
    writeFileSync(state, '{ "version": 1, "run": "2026');
    expect(await refused("pc-1", "--yes")).toContain("FL4094");
    rmSync(state);
    expect(await refused("--resume")).toContain("FL4096");
  });
});

describe("a bootstrap of several machines", () => {
  it("shows what would change in check mode, and changes nothing", async () => {
    const before = digest(one);
    const said = await bootstrap("pc-1", "--check");
    expect([said.code, said.stderr], said.stdout).toEqual([0, ""]);
    expect(said.stdout).toMatch(/1 of 1 device looked at, \d+ tasks? would be changed; nothing was/);
    expect(digest(one)).toBe(before);
  });

  it("sets up those that it reaches, and tells of the others, those who wait for them too", async () => {
    const said = await bootstrap("pc-1", "pc-2", "gone", "cluster:edge", "--yes", "--keep-going", "--k3s-folder", "releases", "--adopt", "node-1");
    expect([said.code, said.stderr]).toEqual([1, ""]);
    const rows = said.stdout.slice(said.stdout.indexOf("DEVICE")).split("\n");
    const standing = (device: string) =>
      rows
        .find((row) => row.trim().startsWith(device))
        ?.trim()
        .split(/\s+/)[1];
    expect(["pc-1", "pc-2", "gone", "node-1"].map(standing), said.stdout).toEqual(["done", "done", "failed", "failed"]);
    expect(one.read("/etc/fogline/identity.yaml")).toContain("fleet: trial\ndevice: pc-1\n");
  });

  it("goes on with those that are not done, and changes nothing on those that are", async () => {
    const said = await operator.fogline("bootstrap", "--resume", "--yes");
    expect(said.code).toBe(1);
    expect(said.stdout).not.toContain("pc-1 ");
    const state = JSON.parse(readFileSync(join(operator.repository, ".fogline/bootstrap/state.json"), "utf8")) as { options: object };
    expect(state.options).toMatchObject({ k3sFolder: expect.stringMatching(/\/releases$/), adopt: ["node-1"], dataDisks: {} });
    const again = await operator.fogline("--json", "bootstrap", "pc-1", "pc-2", "--yes", "--without-agent");
    const { run } = JSON.parse(again.stdout) as {
      run: { devices: Record<string, { standing: string; roles: Record<string, { changed: number }> }> };
    };
    expect(
      Object.values(run.devices).map(({ standing, roles }) => [standing, Object.values(roles).reduce((sum, { changed }) => sum + changed, 0)]),
      again.stdout,
    ).toEqual([
      ["done", 0],
      ["done", 0],
    ]);
  });

  it("is one at a time in one folder", async () => {
    const first = operator.start("bootstrap", "pc-1", "--yes", "--without-agent");
    const state = join(operator.repository, ".fogline/bootstrap/state.json");
    const running = () => existsSync(state) && readFileSync(state, "utf8").includes('"group"');
    await eventually("the first one works on the machine", running, 120_000);
    const second = await bootstrap("pc-2", "--check");
    expect(second).toMatchObject({ code: 3, stderr: expect.stringContaining("FL4095") });
    process.kill(first.processId, "SIGINT");
    const { code, stdout } = await first.ended;
    expect([code, stdout]).toEqual([1, expect.stringContaining("FL4097")]);
    expect(execFileSync("sh", ["-c", `pgrep -f '${operator.repository}.*[a]nsible' || true`], { encoding: "utf8" })).toBe("");
  });
});
