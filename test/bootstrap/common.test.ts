import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/root.ts";
import { play, renderFleet } from "./testing/playbook.ts";
import { countsOf, explainedSkips, skippedIn } from "./testing/skipped.ts";
import { startTargets, type Target, type Targets } from "./testing/targets.ts";

const fleetOf = (keys: readonly string[]): string => `
fleet: trial
access: { keys: ${JSON.stringify(keys)} }
rings: { all: {} }
sites: { bench: { region: eu-central } }
clusters: { here: { site: bench, tier: cloud, ring: all, local: true } }
devices:
  pi-1: { site: bench, hardware: pi-5-8, address: 10.7.1.1, host: { time: [10.0.0.254], firewall: { open: [tcp/9100] } } }
workloads: { agent: { on: [here], version: 0.1.0 } }
`;

const common = { tags: ["common"], vars: { common_trial_seconds: 20, common_reach_seconds: 5 } };

describe("the role common", () => {
  let place: string;
  let repository: string;
  let targets: Targets;
  let pi: Target;
  const admins = (): string => join(repository, "bootstrap/admins");
  const rules = (): string => join(repository, "bootstrap/generated/pi-1/firewall/fogline.nft");

  /** Whether somebody's key opens a session as a user, as ssh from the outside has it. */
  const signsIn = (user: string, key: string, more: readonly string[] = []): boolean =>
    spawnSync("ssh", [
      ...["-o", "BatchMode=yes", "-o", `UserKnownHostsFile=${targets.knownHosts}`, "-o", "IdentitiesOnly=yes", "-o", "ConnectTimeout=5", ...more],
      ...["-i", key, `${user}@10.7.1.1`, "true"],
    ]).status === 0;
  const keyOf = (person: string): string => {
    const path = join(place, person);
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", person, "-f", path]);
    return path;
  };

  const publicKey = (path: string): string => readFileSync(`${path}.pub`, "utf8").trim();
  const login = (): string => publicKey(targets.identityFile);
  /** What `fogline render` writes once the fleet file names these keys. */
  const renderKeys = (keys: readonly string[]): void => {
    writeFileSync(join(repository, "clusters/fleet.yaml"), fleetOf(keys));
    execFileSync(execPath, [join(root, "packages/cli/src/main.ts"), "--repo", repository, "render"], { stdio: ["ignore", "pipe", "pipe"] });
  };
  const installed = (): string => pi.ask("stat -c '%U %a' /home/fogline/.ssh/authorized_keys; cat /home/fogline/.ssh/authorized_keys");

  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), "fogline-common-"));
    targets = await startTargets([{ name: "pi-1", address: "10.7.1.1" }]);
    pi = targets.get("pi-1");
    repository = renderFleet(place, fleetOf([login(), publicKey(keyOf("cat"))]));
    // As the first boot left it, for somebody who is not in the fleet file any more.
    pi.ask(`cat >> /home/fogline/.ssh/authorized_keys <<'E'\n${publicKey(keyOf("dan"))}\nE`);
    mkdirSync(admins());
    for (const person of ["ada", "bob"]) writeFileSync(join(admins(), `${person}.pub`), readFileSync(`${keyOf(person)}.pub`));
    // What K3s would have there: rules of others must stay.
    pi.ask(
      "cat > /etc/systemd/system/others.service <<E\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/usr/sbin/nft add table ip k3s-like\nE\nsystemctl daemon-reload",
    );
  });
  afterAll(async () => {
    await targets?.stop();
    rmSync(place, { recursive: true, force: true });
  });

  it("shows on a blank machine what it would do, and does nothing", async () => {
    const shown = await play(repository, targets, { ...common, check: true });
    expect(shown.failed).toEqual([]);
    expect(shown.changed).toContain("common: Set SSH on trial");
    expect(pi.read("/etc/ssh/sshd_config.d/00-fogline.conf")).toBeUndefined();
    expect(pi.run("getent passwd ada").code).not.toBe(0);
    expect(signsIn("fogline", join(place, "dan"))).toBe(true);
  });

  it("sets a machine up, and a second run changes nothing", async () => {
    const first = await play(repository, targets, common);
    expect(first.failed).toEqual([]);
    const second = await play(repository, targets, common);
    expect(second.failed).toEqual([]);
    expect(second.changed).toEqual([]);
    expect(skippedIn(first, "common")).toEqual(explainedSkips("common"));
    expect(countsOf(first, "common").executed).toBeGreaterThan(25);
    pi.ask("systemctl start others.service");
  });

  it("lets people in by their own keys alone, and to no one as root", () => {
    expect(signsIn("ada", join(place, "ada"))).toBe(true);
    expect(signsIn("ada", join(place, "bob"))).toBe(false);
    expect(signsIn("root", join(place, "ada"))).toBe(false);
    expect(pi.ask("sudo -u ada sudo -n id -u").trim()).toBe("0");
    // A key that somebody left behind on the machine opens nothing.
    pi.ask(
      `mkdir -p /home/ada/.ssh && cat > /home/ada/.ssh/authorized_keys <<'E'\n${readFileSync(join(place, "bob.pub"), "utf8")}E\nchown -R ada: /home/ada/.ssh`,
    );
    expect(signsIn("ada", join(place, "bob"))).toBe(false);
  });

  it("leaves SSH with keys, modern ciphers and nothing else, as SSH itself says", () => {
    const settings = pi.ask("sshd -T").split("\n");
    for (const line of [
      "permitrootlogin no",
      "passwordauthentication no",
      "kbdinteractiveauthentication no",
      "x11forwarding no",
      "allowtcpforwarding local",
    ]) {
      expect(settings).toContain(line);
    }
    const words = (name: string): string => settings.find((line) => line.startsWith(`${name} `)) ?? "";
    expect(words("ciphers")).toMatch(/chacha20-poly1305@openssh.com/);
    expect(words("ciphers")).not.toMatch(/cbc/);
    expect(words("kexalgorithms")).toMatch(/curve25519-sha256/);
    expect(words("kexalgorithms")).not.toMatch(/sha1|nistp|group14/);
    expect(words("macs")).not.toMatch(/sha1|umac-64|hmac-sha2-256(,|$)/);
  });

  it("drops what nothing lets in: the port of the fleet file answers, another is silent", () => {
    const listed = pi.ask("nft list ruleset");
    expect(listed).toContain("policy drop;");
    expect(listed).toContain("table ip k3s-like");
    pi.ask("for port in 9100 9200; do systemd-run --quiet python3 -m http.server $port; done; sleep 1");
    const answers = (port: number): boolean =>
      spawnSync("bash", ["-c", `for try in 1 2 3 4 5; do timeout 2 bash -c 'exec 3<>/dev/tcp/10.7.1.1/${port}' && exit 0; done; exit 1`], {
        stdio: "ignore",
      }).status === 0;
    expect(answers(9100)).toBe(true);
    expect(answers(9200)).toBe(false);
  });

  it("has no timer that changes packages on its own, limits the journal, and follows the fleet's clock", () => {
    expect(
      pi.ask("systemctl is-enabled apt-daily.timer apt-daily-upgrade.timer unattended-upgrades.service || true").split("\n").filter(Boolean),
    ).toEqual(["disabled", "disabled", "disabled"]);
    expect(pi.ask("systemd-analyze cat-config systemd/journald.conf")).toMatch(/^RuntimeMaxUse=67108864$/m);
    expect(pi.ask("systemd-analyze cat-config systemd/timesyncd.conf")).toMatch(/^NTP=10\.0\.0\.254$/m);
    expect(pi.run("logrotate --debug /etc/logrotate.d/fogline").code).toBe(0);
    expect(pi.ask("hostname; getent hosts pi-1")).toMatch(/^pi-1\n127\.0\.1\.1 +pi-1/);
    expect(pi.run("systemd-analyze verify fogline-firewall.service fogline-undo-trials.service").stderr).not.toMatch(/fogline/);
  });

  it("repairs one damaged file by one changed task, and rules that somebody flushed", async () => {
    pi.ask("echo broken > /etc/systemd/journald.conf.d/fogline.conf");
    expect((await play(repository, targets, common)).changed).toEqual(["common: Lay the settings of logs and clock"]);
    pi.ask("nft delete table inet fogline");
    const repair = await play(repository, targets, common);
    expect(repair.failed).toEqual([]);
    expect(repair.changed).toEqual(["common: Load the firewall on trial", "common: Keep the change"]);
    expect(pi.ask("nft list table inet fogline")).toContain("policy drop;");
    expect(pi.ask("nft list ruleset")).toContain("table ip k3s-like");
  });

  it("takes a firewall back by itself that would have cut the machine off", async () => {
    const good = readFileSync(rules(), "utf8");
    writeFileSync(rules(), good.replace("tcp dport 22 accept", "tcp dport 23 accept"));
    const cut = await play(repository, targets, common);
    writeFileSync(rules(), good);
    expect(cut.failed.map(({ message }) => message)).toContainEqual(expect.stringContaining("FL4171: pi-1 could not be reached any more"));
    expect(pi.ask("nft list table inet fogline")).toContain("tcp dport 22 accept");
    expect(pi.read("/etc/fogline/firewall.nft")).toBe(good);
    expect((await play(repository, targets, common)).changed).toEqual([]);
  });

  it("refuses a firewall that nft cannot read before anything changes", async () => {
    const good = readFileSync(rules(), "utf8");
    writeFileSync(rules(), good.replace("policy drop;", "policy maybe;"));
    const broken = await play(repository, targets, common);
    writeFileSync(rules(), good);
    expect(broken.failed.map(({ message }) => message)).toEqual([expect.stringContaining("FL4171: /etc/fogline/firewall.nft is refused")]);
    expect(pi.read("/etc/fogline/firewall.nft")).toBe(good);
  });

  it("takes its SSH settings back where sshd refuses them together with what somebody else put there, and stays reachable", async () => {
    pi.ask("echo 'Nonsense yes' > /etc/ssh/sshd_config.d/99-broken.conf; rm /etc/ssh/sshd_config.d/00-fogline.conf");
    const refused = await play(repository, targets, common);
    expect(refused.failed.map(({ message }) => message)).toEqual([
      expect.stringMatching(/FL4172: the change of .* cannot be applied, and was taken back/),
    ]);
    expect(pi.read("/etc/ssh/sshd_config.d/00-fogline.conf")).toBeUndefined();
    expect(pi.run("ls /etc/fogline/trials/ssh").code).not.toBe(0);
    pi.ask("rm /etc/ssh/sshd_config.d/99-broken.conf");
    expect((await play(repository, targets, common)).changed).toEqual(["common: Set SSH on trial", "common: Keep the change"]);
    expect(pi.ask("sshd -t; sshd -T")).toContain("passwordauthentication no");
  });

  it("puts the old rules back at a boot that comes before the confirmation", async () => {
    const good = pi.read("/etc/fogline/firewall.nft") ?? "";
    // As a run that was ended after the rules were replaced: the trial is armed, and the power goes before its timer does.
    pi.ask(`mkdir -p /etc/fogline/trials/firewall && cp /etc/fogline/firewall.nft /etc/fogline/trials/firewall/0
      echo 'cp --preserve=mode /etc/fogline/trials/firewall/0 /etc/fogline/firewall.nft' > /etc/fogline/trials/firewall/undo
      sed -i 's/tcp dport 22 accept/tcp dport 23 accept/' /etc/fogline/firewall.nft`);
    await pi.kill();
    await pi.start();
    expect(pi.read("/etc/fogline/firewall.nft")).toBe(good);
    expect(pi.ask("nft list table inet fogline")).toContain("tcp dport 22 accept");
    expect(pi.run("ls /etc/fogline/trials/firewall").code).not.toBe(0);
  });

  it("locks out a person whose file is gone, and lets nobody in whose file is no key", async () => {
    rmSync(join(admins(), "bob.pub"));
    const without = await play(repository, targets, common);
    expect(without.failed).toEqual([]);
    expect(signsIn("bob", join(place, "bob"))).toBe(false);
    expect(pi.ask("id -nG bob")).not.toContain("fogline-admins");
    expect(signsIn("ada", join(place, "ada"))).toBe(true);
    expect((await play(repository, targets, common)).changed).toEqual([]);
    writeFileSync(join(admins(), "eve.pub"), "not a key\n");
    const refused = await play(repository, targets, common);
    rmSync(join(admins(), "eve.pub"));
    expect(refused.failed.map(({ message }) => message)).toEqual([expect.stringContaining("FL4175: bootstrap/admins/eve.pub cannot be used")]);
    expect(pi.run("getent passwd eve").code).not.toBe(0);
  });

  it("lets in as the user that provisions whom the fleet file names, and nobody whom the first boot let in beside", async () => {
    expect(signsIn("fogline", join(place, "cat"))).toBe(true);
    expect(signsIn("fogline", join(place, "dan"))).toBe(false);
    renderKeys([login()]);
    const without = await play(repository, targets, common);
    expect(without.failed).toEqual([]);
    expect(without.changed).toEqual(["common: Set SSH on trial", "common: Keep the change"]);
    expect(signsIn("fogline", join(place, "cat"))).toBe(false);
    expect((await play(repository, targets, common)).changed).toEqual([]);
  });

  it("refuses keys with which nobody could provision before anything changes, and takes back those with which who provisions cannot", async () => {
    pi.ask("chown fogline: /home/fogline/.ssh/authorized_keys; chmod 600 /home/fogline/.ssh/authorized_keys");
    const before = installed();
    const file = join(repository, "bootstrap/generated/pi-1/ssh/authorized_keys");
    for (const text of ["# nobody\n", `${login()}\nnot a key\n`]) {
      writeFileSync(file, text);
      const refused = await play(repository, targets, common);
      expect(refused.failed.map(({ message }) => message)).toEqual([expect.stringContaining("FL4175: ssh/authorized_keys of pi-1 cannot be used")]);
      expect(refused.changed).toEqual([]);
    }
    renderKeys([publicKey(join(place, "cat"))]);
    const shut = await play(repository, targets, common);
    expect(shut.failed.map(({ message }) => message)).toContainEqual(expect.stringMatching(/FL4172: pi-1 could not be reached .*`access\.keys`/));
    // The old file, for whom it was.
    expect(installed()).toBe(before);
    expect(signsIn("fogline", targets.identityFile)).toBe(true);
  });
});
