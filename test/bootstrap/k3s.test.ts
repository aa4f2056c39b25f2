import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/root.ts";
import { eventually } from "../system/testing/eventually.ts";
import { findK3s, type K3sCluster, startK3sCluster } from "./testing/k3s-cluster.ts";
import type { PlayOptions } from "./testing/playbook.ts";
import type { Target } from "./testing/targets.ts";

const version = "v1.36.3+k3s1";

/** What a second run leaves out on a server or an agent, as test/README.md explains it. */
const leftOut = (on: "server" | "agent"): string[] =>
  readFileSync(join(root, "test/README.md"), "utf8")
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .flatMap(([, role, task = "", where]) => (role === "k3s" && (where === on || where === "both") ? [task] : []));

/** Asks a server as a node that joins does, with a token; prints the status of the answer. */
const asking = `
import base64, ssl, sys, urllib.error, urllib.request
request = urllib.request.Request("https://10.7.1.1:6443/v1-k3s/config")
request.add_header("Authorization", "Basic " + base64.b64encode(("node:" + sys.argv[1]).encode()).decode())
try:
    print(urllib.request.urlopen(request, context=ssl._create_unverified_context()).status)
except urllib.error.HTTPError as refused:
    print(refused.code)
`;

describe.runIf(findK3s() !== undefined)("a cluster of K3s", { timeout: 900_000 }, () => {
  let cluster: K3sCluster;
  const run = (limit: string, options: PlayOptions = {}) => cluster.run(limit, { tags: ["k3s"], ...options });
  const server = () => cluster.targets.get("pi-1");
  const agent = () => cluster.targets.get("pi-2");
  const kubectl = (words: string): string => server().ask(`k3s kubectl ${words}`);
  const changedK3s = (changed: readonly string[]) => changed.filter((one) => one.startsWith("k3s: "));
  const skipped = (play: Awaited<ReturnType<typeof run>>) =>
    play.results.filter(({ outcome, role }) => outcome === "skipped" && role === "k3s").map(({ task }) => task);

  beforeAll(async () => {
    cluster = await startK3sCluster(mkdtempSync(join(tmpdir(), "fogline-k3s-")), [version]);
  });
  afterAll(async () => {
    await cluster?.stop();
    if (cluster !== undefined) rmSync(cluster.place, { recursive: true, force: true });
  });

  it("is shown on a blank machine in check mode, and nothing of it is laid", async () => {
    const shown = await run("pi-1", { check: true });
    expect(shown.failed).toEqual([]);
    expect(changedK3s(shown.changed)).toContain("k3s: Install K3s");
    expect(server().run("ls /usr/local/bin/k3s /etc/rancher /etc/fogline/k3s.yaml /etc/systemd/system/k3s.service 2>/dev/null").stdout).toBe("");
  });

  it("is not begun with a release that is not the one of its list", async () => {
    const spoilt = join(cluster.place, "spoilt");
    execFileSync("cp", ["-r", join(cluster.place, "releases", version), spoilt]);
    appendFileSync(join(spoilt, "k3s"), "x");
    const refused = await run("pi-1", { vars: { fogline_k3s_folder: spoilt } });
    expect(refused.failed.map(({ message }) => message)).toEqual([expect.stringMatching(/FL4120: .*spoilt\/k3s has SHA-256 .* fix: fetch it anew/)]);
    expect(refused.changed).toEqual([]);
  });

  it("is founded by its first server", async () => {
    const first = await run("pi-1");
    expect(first.failed).toEqual([]);
    expect(kubectl("get node pi-1 --no-headers")).toMatch(/pi-1 +Ready +control-plane,master .*v1.36.3\+k3s1/);
    expect(server().ask("stat -c '%a %U' /etc/rancher/k3s/token /etc/rancher/k3s/config.yaml /etc/rancher/k3s/registries.yaml")).toBe(
      "600 root\n600 root\n600 root\n",
    );
    expect(server().ask("k3s secrets-encrypt status")).toContain("Encryption Status: Enabled");
    expect(server().run("systemd-analyze verify k3s.service fogline-k3s-certificates.timer").stderr).not.toMatch(/k3s/);
    expect(server().ask("systemctl is-enabled k3s.service fogline-k3s-certificates.timer")).toBe("enabled\nenabled\n");
    expect(kubectl("get node pi-1 -o jsonpath='{.metadata.labels}'")).toContain('"fogline.dev/site":"bench"');
    expect(server().ask("ls -A /etc/fogline/pending 2>/dev/null || true")).toBe("");
  });

  it("is joined by an agent, with the server's token and not over the controller's disk", async () => {
    const first = await run("pi-2");
    expect(first.failed).toEqual([]);
    expect(kubectl("get node pi-2 --no-headers")).toContain(" Ready ");
    const token = server().ask("cat /var/lib/rancher/k3s/server/token").trim();
    expect(agent().read("/etc/rancher/k3s/token")?.trim()).toBe(token);
    expect(first.output).not.toContain(token);
    expect(spawnSync("grep", ["-rlF", token, cluster.repository, join(root, ".cache/ansible")], { encoding: "utf8" }).stdout).toBe("");
  });

  it("is changed by no second run", async () => {
    for (const [name, expected] of [
      ["pi-1", leftOut("server")],
      ["pi-2", leftOut("agent")],
    ] as const) {
      const second = await run(name);
      expect(second.failed).toEqual([]);
      expect(second.changed).toEqual([]);
      expect(skipped(second).toSorted()).toEqual(expected.toSorted());
    }
  });

  it("goes on running its containers while a damaged setting is repaired and K3s starts again", async () => {
    cluster.deploy("work", { replicas: 1, node: "pi-2" });
    const pod = kubectl(
      "get pods -l app=work -o jsonpath='{.items[0].status.containerStatuses[0].containerID} {.items[0].status.containerStatuses[0].restartCount}'",
    );
    const before = agent().ask("systemctl show k3s-agent -p MainPID --value").trim();
    agent().ask("echo 'debug: true' >> /etc/rancher/k3s/config.yaml");
    const repair = await run("pi-2");
    expect(repair.changed).toEqual(["k3s: Lay the settings of K3s and its kubelet", "k3s: Have K3s run"]);
    expect(agent().ask("systemctl show k3s-agent -p MainPID --value").trim()).not.toBe(before);
    expect(
      kubectl(
        "get pods -l app=work -o jsonpath='{.items[0].status.containerStatuses[0].containerID} {.items[0].status.containerStatuses[0].restartCount}'",
      ),
    ).toBe(pod);
  });

  it("is started again by the next run where one was ended between the change and the start", async () => {
    agent().ask("mkdir -p /etc/fogline/pending && touch /etc/fogline/pending/restart-k3s");
    const next = await run("pi-2");
    expect(next.changed).toEqual(["k3s: Have K3s run"]);
    expect(agent().ask("ls -A /etc/fogline/pending")).toBe("");
  });

  it("gets labels and taints that changed after a node had registered, and keeps those of others", async () => {
    kubectl("label node pi-2 somebody.example/own=yes");
    const file = join(cluster.repository, "bootstrap/generated/pi-2/k3s/config.yaml");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, `${text.replace("fogline.dev/site=bench", "fogline.dev/hall=3")}node-taint:\n  - dedicated=camera:NoSchedule\n`);
    const changed = await run("pi-2");
    expect(changed.failed).toEqual([]);
    const node = JSON.parse(kubectl("get node pi-2 -o json")) as {
      metadata: { labels: Record<string, string> };
      spec: { taints?: { key: string }[] };
    };
    expect(node.metadata.labels).toMatchObject({ "fogline.dev/hall": "3", "somebody.example/own": "yes" });
    expect(node.metadata.labels["fogline.dev/site"]).toBeUndefined();
    expect(node.spec.taints?.map(({ key }) => key)).toEqual(["dedicated"]);
    writeFileSync(file, text);
    expect((await run("pi-2")).failed).toEqual([]);
    expect(kubectl("get node pi-2 -o jsonpath='{.spec.taints}'")).toBe("");
  });

  it("keeps logins of registries out of sight, and keeps them where a run brings none", async () => {
    const logins = { "registry.trial.example": { username: "puller", password: "canary-5b1e" } };
    const first = await run("pi-2", { vars: { fogline_registry_logins: logins } });
    expect(first.failed).toEqual([]);
    expect(first.output).not.toContain("canary-5b1e");
    expect(agent().read("/etc/rancher/k3s/registries.yaml")).toContain("password: canary-5b1e");
    expect(agent().ask("stat -c %a /etc/rancher/k3s/registries.yaml").trim()).toBe("600");
    expect((await run("pi-2")).changed).toEqual([]);
  });

  it("has a token that was half written put right from its own, and never makes another", async () => {
    const secret = server().ask("cat /var/lib/rancher/k3s/server/token").trim().split(":").at(-1);
    server().ask("printf abc > /etc/rancher/k3s/token");
    const repair = await run("pi-1");
    expect(repair.failed).toEqual([]);
    expect(server().read("/etc/rancher/k3s/token")?.trim()).toBe(secret);
    expect(kubectl("get nodes --no-headers").match(/ Ready /g)).toHaveLength(2);
  });

  describe("whose token is rotated", () => {
    const rotate = (...options: readonly string[]) => cluster.operator.fogline("cluster", "rotate-token", "here", ...options);
    const tokenOf = (target: Target, path: string): string => target.ask(`cat ${path}`).trim().split(":").at(-1) ?? "";
    const current = (): string => tokenOf(server(), "/var/lib/rancher/k3s/server/token");
    /** What the server answers to a node that joins with this token: the first thing that it asks. */
    const answerTo = (token: string): string => agent().ask(`python3 - ${token} <<'ASK'\n${asking}ASK`).trim();
    const expectRotated = (before: string): void => {
      expect(current()).not.toBe(before);
      expect([tokenOf(server(), "/etc/rancher/k3s/token"), tokenOf(agent(), "/etc/rancher/k3s/token")]).toEqual([current(), current()]);
      expect([answerTo(before), answerTo(current())]).toEqual(["401", "200"]);
      expect(kubectl("get nodes --no-headers").match(/ Ready /g)).toHaveLength(2);
      expect(server().ask("ls -A /etc/fogline/pending")).toBe("");
    };

    it("is shown who gets another one, and asked whether that can be, before anything changes", async () => {
      const [before, plan, checked] = [current(), await rotate(), await rotate("--check")];
      expect(plan.stdout).toMatch(/pi-1 +first server +makes the new token.*\n +pi-2 +agent +gets it/);
      expect([plan.code, checked.code], checked.stdout).toEqual([0, 0]);
      expect([current(), server().ask("ls /etc/rancher/k3s/token.before 2>/dev/null || true")]).toEqual([before, ""]);
    });

    it("has another one on every node, goes on running its containers, and refuses whoever has the old one", async () => {
      const before = current();
      expect(answerTo(before)).toBe("200");
      const done = await rotate("--yes");
      expect(done.code, done.stdout + done.stderr).toBe(0);
      expectRotated(before);
      expect(server().ask("stat -c '%a %U' /etc/rancher/k3s/token.before; cat /etc/rancher/k3s/token.before").trim()).toBe(`600 root\n${before}`);
      expect(kubectl("get pods -l app=work -o jsonpath='{.items[0].status.containerStatuses[0].restartCount}'")).toBe("0");
      expect(spawnSync("grep", ["-rlF", current(), cluster.repository], { encoding: "utf8" }).stdout).toBe("");
    });

    it("is changed by no run of bootstrap afterwards", async () => {
      expect([...(await run("pi-1")).changed, ...(await run("pi-2")).changed]).toEqual([]);
    });

    it("is completed by the next run where one was killed with the token made, and its server started again with the old one", async () => {
      const before = current();
      const killed = cluster.operator.start("cluster", "rotate-token", "here", "--yes");
      await eventually("the token is made", () => server().read("/etc/fogline/pending/rotate-k3s-token") === "made\n", 120_000);
      process.kill(killed.processId, "SIGKILL");
      await killed.ended;
      await eventually("nothing of it goes on on the server", () => server().run("pgrep -f '[A]nsiballZ'").code !== 0);
      server().ask("cp /etc/rancher/k3s/token.before /etc/rancher/k3s/token && systemctl restart --no-block k3s");
      const done = await rotate("--yes");
      expect(done.code, done.stdout + done.stderr).toBe(0);
      expectRotated(before);
    });
  });

  it("is not taken for running where K3s comes up and falls again, and is once it stays up", async () => {
    const dropIns = "/etc/systemd/system/k3s-agent.service.d";
    agent().ask(`mkdir -p ${dropIns} && printf '[Service]\\nRuntimeMaxSec=4\\n' > ${dropIns}/falls.conf && systemctl daemon-reload`);
    agent().ask("mkdir -p /etc/fogline/pending && touch /etc/fogline/pending/restart-k3s");
    const falls = await run("pi-2", { vars: { fogline_k3s_timeout_seconds: 45 } });
    expect(falls.failed.map(({ message }) => message)).toEqual([
      expect.stringMatching(/FL4124: k3s-agent\.service does not stay up, and was started again \d+ times/),
    ]);
    agent().ask(`rm -r ${dropIns} && systemctl daemon-reload`);
    const stays = await run("pi-2");
    expect(stays.failed).toEqual([]);
    expect(agent().run("test -e /etc/fogline/pending/restart-k3s").code).toBe(1);
    expect((await run("pi-2")).changed).toEqual([]);
  });

  it("is not taken over by those who did not install it until somebody says so, and then keeps what is in it", async () => {
    kubectl("create namespace precious");
    server().ask("rm /etc/fogline/k3s.yaml && sed -i 's/^tls-san:/debug: false\\ntls-san:/' /etc/rancher/k3s/config.yaml");
    const refused = await run("pi-1");
    expect(refused.failed.map(({ message }) => message)).toEqual([
      expect.stringMatching(/FL4122: K3s is there, .*debug is false, and will be nothing.*fogline_k3s_adopt=true/),
    ]);
    expect(refused.changed).toEqual([]);
    const pod = kubectl("get pods -l app=work -o jsonpath='{.items[0].status.containerStatuses[0].containerID}'");
    const adopted = await run("pi-1", { vars: { fogline_k3s_adopt: true } });
    expect(adopted.failed).toEqual([]);
    expect(adopted.output).toContain("debug is false, and will be nothing");
    expect(kubectl("get namespace precious --no-headers")).toContain("Active");
    expect(kubectl("get pods -l app=work -o jsonpath='{.items[0].status.containerStatuses[0].containerID}'")).toBe(pod);
  });

  it("is left as it is where a change would lose what is in it", async () => {
    const file = join(cluster.repository, "bootstrap/generated/pi-1/k3s/config.yaml");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, `${text.replace("secrets-encryption: true\n", "")}cluster-cidr: 10.99.0.0/16\n`);
    const refused = await run("pi-1");
    expect(refused.changed).toEqual([]);
    const [said = ""] = refused.failed.map(({ message }) => message);
    expect(said).toContain("FL4123: K3s is left as it is: cluster-cidr is 10.42.0.0/16, and cannot become 10.99.0.0/16");
    expect(said).toContain("FL4123: K3s is left as it is: its Secrets are encrypted");
    writeFileSync(file, text);
  });

  it("refuses a board that is a node of another cluster, before anything changes", async () => {
    agent().ask("sed -i 's/cluster: here/cluster: elsewhere/' /etc/fogline/k3s.yaml");
    const refused = await run("pi-2");
    expect(refused.changed).toEqual([]);
    expect(refused.failed.map(({ message }) => message)).toEqual([
      expect.stringContaining("FL4121: the machine is a node of another cluster than here: Fogline made it a node of cluster elsewhere"),
    ]);
    agent().ask(
      "sed -i 's/cluster: elsewhere/cluster: here/' /etc/fogline/k3s.yaml; cp /var/lib/rancher/k3s/agent/server-ca.crt /root/ca; echo x >> /var/lib/rancher/k3s/agent/server-ca.crt",
    );
    const stranger = await run("pi-2");
    expect(stranger.failed.map(({ message }) => message)).toEqual([expect.stringContaining("it trusts another authority")]);
    agent().ask("cp /root/ca /var/lib/rancher/k3s/agent/server-ca.crt");
  });

  it("says of its certificates when they end", () => {
    expect(server().ask("/usr/bin/python3 /usr/local/lib/fogline/k3s-certificates --renew")).toBe("");
    const report = JSON.parse(server().read("/var/lib/fogline-k3s/certificates.json") ?? "{}") as {
      endsAtSeconds: Record<string, number>;
      due: string[];
      atSeconds: number;
    };
    expect(report.due).toEqual([]);
    const serving = "/var/lib/rancher/k3s/server/tls/serving-kube-apiserver.crt";
    const told = server().ask(`openssl x509 -noout -enddate -in ${serving} | cut -d= -f2`).trim();
    expect(report.endsAtSeconds[serving]).toBe(Date.parse(told) / 1000);
  });

  it("is taken off a machine, and off it again, and the rules of others stay", async () => {
    agent().ask("iptables -N SOMEBODY && iptables -A INPUT -j SOMEBODY");
    const first = await cluster.run("pi-2", { playbook: "uninstall-k3s.yml" });
    expect(first.failed).toEqual([]);
    expect(agent().ask("iptables-save")).toContain("-A INPUT -j SOMEBODY");
    expect(agent().ask("iptables-save")).not.toMatch(/KUBE-|flannel/i);
    expect(
      agent().run(
        "pgrep -f '[c]ontainerd-shim'; ls /usr/local/bin/k3s /sys/class/net/cni0 /sys/class/net/flannel.1 2>/dev/null; grep /run/k3s /proc/mounts",
      ).stdout,
    ).toBe("");
    expect(agent().ask("ls /var/lib/rancher/k3s")).toContain("agent");
    expect(kubectl("get nodes --no-headers")).not.toContain("pi-2");
    expect((await cluster.run("pi-2", { playbook: "uninstall-k3s.yml" })).changed).toEqual([]);
  });
});
